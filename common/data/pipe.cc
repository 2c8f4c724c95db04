#include "common/data/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"
#include "common/data/input_files.h"
#include "common/data/memory_source.h"

namespace lineup {

// What was peeked at, and then the rest.
class Pipe::Source : public ByteSource {
 public:
  Source(std::shared_ptr<Pipe> pipe, std::string head)
      : pipe_(std::move(pipe)), head_(std::move(head)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    LINEUP_ASSIGN_OR_RETURN(const size_t size, head_.Read(buffer));
    return size > 0 ? size : pipe_->ReadDescriptor(buffer);
  }

 private:
  const std::shared_ptr<Pipe> pipe_;
  MemorySource head_;
};

Pipe::Pipe(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

Pipe::~Pipe() { close(descriptor_); }

absl::StatusOr<std::shared_ptr<Pipe>> Pipe::Open(const std::string& path) {
  const bool standard_input = path == kStandardInput;
  const int descriptor = standard_input
                             ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                             : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const std::string name = standard_input ? "standard input" : path;
  if (descriptor < 0) return FileError(errno, "open", name);
  return absl::WrapUnique(new Pipe(name, descriptor));
}

absl::StatusOr<std::string> Pipe::Peek(size_t bytes) {
  MutexLock lock(&mutex_);
  size_t filled = head_.size();
  while (filled < bytes) {
    head_.resize(bytes);
    const absl::StatusOr<size_t> size =
        ReadDescriptor({&head_[filled], bytes - filled});
    head_.resize(filled + size.value_or(0));
    LINEUP_RETURN_IF_ERROR(size.status());
    if (*size == 0) break;
    filled = head_.size();
  }
  return head_.substr(0, bytes);
}

absl::StatusOr<std::unique_ptr<ByteSource>> Pipe::Take() {
  MutexLock lock(&mutex_);
  if (taken_) {
    return absl::FailedPreconditionError(absl::StrCat(
        path_,
        ": a pipe can be read only once, and it is wanted again; write "
        "the data to a file"));
  }
  taken_ = true;
  return std::make_unique<Source>(shared_from_this(), std::move(head_));
}

absl::StatusOr<size_t> Pipe::ReadDescriptor(absl::Span<char> buffer) {
  for (;;) {
    const ssize_t size = read(descriptor_, buffer.data(), buffer.size());
    if (size >= 0) return static_cast<size_t>(size);
    if (errno != EINTR) return FileError(errno, "read", path_);
  }
}

}  // namespace lineup
