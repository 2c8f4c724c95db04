#include "common/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr int kMaxTemporaryNames = 1000;

std::string DirectoryOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

// What the user can do about an error of the operating system.
absl::string_view NextStep(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return "; check the path";
    case EACCES:
    case EPERM:
      return "; check its permissions and those of its directory";
    case EROFS:
      return "; choose a directory that can be written to";
    case ENOSPC:
    case EDQUOT:
      return "; free some space, or choose another disk";
    case EISDIR:
      return "; name a file instead of a directory";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    case EIO:
      return "; check the disk";
    default:
      return "";
  }
}

absl::StatusCode CodeFor(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::StatusCode::kResourceExhausted;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status ReadToEnd(int descriptor, const std::string& path,
                       std::string& contents) {
  struct stat info;
  size_t size = 0;
  if (fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode)) {
    size = static_cast<size_t>(info.st_size);
  }
  size_t used = 0;
  contents.resize(size + 1);  // one more, so that the end is seen at once
  while (true) {
    const ssize_t count =
        read(descriptor, &contents[used], contents.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "read", path);
    if (count == 0) break;
    used += static_cast<size_t>(count);
    if (used == contents.size()) contents.resize(2 * used);
  }
  contents.resize(used);
  return absl::OkStatus();
}

}  // namespace

absl::Status FileError(int error_number, absl::string_view action,
                       absl::string_view path) {
  return absl::Status(
      CodeFor(error_number),
      absl::StrCat("cannot ", action, " ", path, ": ",
                   std::generic_category().message(error_number),
                   NextStep(error_number)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileError(errno, "open", path);
  std::string contents;
  const absl::Status status = ReadToEnd(descriptor, path, contents);
  close(descriptor);
  LINEUP_RETURN_IF_ERROR(status);
  return contents;
}

absl::Status AtomicWriteFile(const std::string& path,
                             absl::string_view contents) {
  LINEUP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  LINEUP_RETURN_IF_ERROR(file.Append(contents));
  return file.Commit();
}

absl::Status CreateDirectories(const std::string& path) {
  return RealFileSystem()->CreateDirectories(path);
}

absl::Status SyncDirectory(const std::string& path) {
  return RealFileSystem()->SyncDirectory(path);
}

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path,
                                              FileSystem* files) {
  if (files->IsDirectory(path)) return FileError(EISDIR, "write", path);
  for (int i = 0; i < kMaxTemporaryNames; ++i) {
    std::string temporary_path = absl::StrCat(path, ".tmp", getpid(), ".", i);
    auto writer = files->Create(temporary_path, path);
    if (writer.ok()) {
      return AtomicFile(files, path, std::move(temporary_path),
                        *std::move(writer));
    }
    if (!absl::IsAlreadyExists(writer.status())) return writer.status();
  }
  return absl::AlreadyExistsError(absl::StrCat(
      "cannot write ", path, ": the names ", path, ".tmp", getpid(), ".0 to .",
      kMaxTemporaryNames - 1, " are all taken; remove what earlier runs left"));
}

AtomicFile::AtomicFile(FileSystem* files, std::string path,
                       std::string temporary_path,
                       std::unique_ptr<FileSystem::Writer> writer)
    : files_(files),
      path_(std::move(path)),
      temporary_path_(std::move(temporary_path)),
      writer_(std::move(writer)) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept = default;

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  files_ = other.files_;
  path_ = std::move(other.path_);
  temporary_path_ = std::move(other.temporary_path_);
  writer_ = std::move(other.writer_);
  return *this;
}

AtomicFile::~AtomicFile() { Discard(); }

void AtomicFile::Discard() {
  if (writer_ == nullptr) return;
  writer_ = nullptr;
  files_->Remove(temporary_path_).IgnoreError();
}

absl::Status AtomicFile::Append(absl::string_view contents) {
  CHECK(writer_ != nullptr) << "Append() after Commit() of " << path_;
  return writer_->Append(contents);
}

absl::Status AtomicFile::Commit() {
  CHECK(writer_ != nullptr) << "Commit() twice of " << path_;
  LINEUP_RETURN_IF_ERROR(Failpoint("file.sync.before"));
  LINEUP_RETURN_IF_ERROR(writer_->Sync());
  LINEUP_RETURN_IF_ERROR(Failpoint("file.rename.before"));
  LINEUP_RETURN_IF_ERROR(files_->Rename(temporary_path_, path_));
  writer_ = nullptr;
  LINEUP_RETURN_IF_ERROR(Failpoint("file.rename.after"));
  return files_->SyncDirectory(DirectoryOf(path_));
}

}  // namespace lineup
