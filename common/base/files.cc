#include "common/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
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
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return FileError(error.value(), "create directory", path);
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError(errno, "open directory", path);
  const int result = fsync(descriptor);
  const int error_number = errno;
  close(descriptor);
  // Some file systems cannot flush a directory; they say so by EINVAL.
  if (result != 0 && error_number != EINVAL) {
    return FileError(error_number, "flush directory", path);
  }
  return absl::OkStatus();
}

absl::StatusOr<AtomicFile> AtomicFile::Create(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return FileError(EISDIR, "write", path);
  }
  for (int i = 0; i < kMaxTemporaryNames; ++i) {
    std::string temporary_path = absl::StrCat(path, ".tmp", getpid(), ".", i);
    const int descriptor = open(temporary_path.c_str(),
                                O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      return AtomicFile(path, std::move(temporary_path), descriptor);
    }
    if (errno != EEXIST) return FileError(errno, "create", temporary_path);
  }
  return absl::AlreadyExistsError(absl::StrCat(
      "cannot write ", path, ": the names ", path, ".tmp", getpid(), ".0 to .",
      kMaxTemporaryNames - 1, " are all taken; remove what earlier runs left"));
}

AtomicFile::AtomicFile(std::string path, std::string temporary_path,
                       int descriptor)
    : path_(std::move(path)),
      temporary_path_(std::move(temporary_path)),
      descriptor_(descriptor) {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_path_(std::move(other.temporary_path_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  path_ = std::move(other.path_);
  temporary_path_ = std::move(other.temporary_path_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  return *this;
}

AtomicFile::~AtomicFile() { Discard(); }

void AtomicFile::Discard() {
  if (descriptor_ < 0) return;
  close(std::exchange(descriptor_, -1));
  unlink(temporary_path_.c_str());
}

absl::Status AtomicFile::Append(absl::string_view contents) {
  CHECK_GE(descriptor_, 0) << "Append() after Commit() of " << path_;
  while (!contents.empty()) {
    const ssize_t count = write(descriptor_, contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, "write", path_);
    contents.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status AtomicFile::Commit() {
  CHECK_GE(descriptor_, 0) << "Commit() twice of " << path_;
  if (fsync(descriptor_) != 0) return FileError(errno, "flush", path_);
  if (rename(temporary_path_.c_str(), path_.c_str()) != 0) {
    return FileError(errno, "replace", path_);
  }
  close(std::exchange(descriptor_, -1));
  return SyncDirectory(DirectoryOf(path_));
}

}  // namespace lineup
