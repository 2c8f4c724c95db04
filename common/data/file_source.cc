#include "common/data/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/files.h"

namespace lineup {
namespace {

absl::Status Changed(const std::string& path, absl::string_view how) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": the file changed while it was in use: ", how,
                   "; leave the files alone during a job, and start again"));
}

}  // namespace

FileSource::FileSource(std::string path, int descriptor, uint64_t begin)
    : path_(std::move(path)), descriptor_(descriptor), next_(begin) {}

FileSource::~FileSource() { close(descriptor_); }

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Open(
    const InputFile& file, uint64_t begin) {
  const std::string& path = file.path;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return FileError(errno, "open", path);
  auto source = absl::WrapUnique(new FileSource(path, descriptor, begin));
  struct stat info;
  if (fstat(descriptor, &info) != 0) return FileError(errno, "open", path);
  if (static_cast<uint64_t>(info.st_size) != file.bytes) {
    return Changed(path, absl::StrCat("it had ", file.bytes,
                                      " bytes and now has ", info.st_size));
  }
  if (file.modified_ns != 0 && file.modified_ns != ModifiedNs(info)) {
    return Changed(path, absl::StrCat("it was written to at ",
                                      absl::FormatTime(
                                          "%Y-%m-%d %H:%M:%E3S",
                                          absl::TimeFromTimespec(info.st_mtim),
                                          absl::LocalTimeZone())));
  }
  posix_fadvise(descriptor, begin, 0, POSIX_FADV_SEQUENTIAL);
  return source;
}

absl::StatusOr<size_t> FileSource::Read(absl::Span<char> buffer) {
  for (;;) {
    const ssize_t size =
        pread(descriptor_, buffer.data(), buffer.size(), next_);
    if (size >= 0) {
      next_ += size;
      return static_cast<size_t>(size);
    }
    if (errno != EINTR) return FileError(errno, "read", path_);
  }
}

}  // namespace lineup
