#include "common/data/data_file.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/data/file_source.h"
#include "common/data/input_files.h"
#include "common/data/memory_source.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr size_t kMinPeekLimit = 1 << 20;
constexpr size_t kCountedBytes = 4096;

// Counts what is taken from another source, in small steps so that little of
// it is for later.
class CountingSource : public ByteSource {
 public:
  CountingSource(std::unique_ptr<ByteSource> source, uint64_t* count)
      : source_(std::move(source)), count_(count) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    LINEUP_ASSIGN_OR_RETURN(const size_t size,
                            source_->Read(buffer.subspan(0, kCountedBytes)));
    *count_ += size;
    return size;
  }

 private:
  const std::unique_ptr<ByteSource> source_;
  uint64_t* const count_;
};

// Reads until the buffer is full or the source at its end, or damaged.
absl::StatusOr<size_t> ReadFully(ByteSource* source, absl::Span<char> buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    const absl::StatusOr<size_t> size = source->Read(buffer.subspan(filled));
    if (absl::IsDataLoss(size.status())) break;
    LINEUP_RETURN_IF_ERROR(size.status());
    if (*size == 0) break;
    filled += *size;
  }
  return filled;
}

}  // namespace

DataFile::DataFile(const InputFile& file)
    : input_(file),
      name_(file.path == kStandardInput ? "standard input" : file.path) {}

absl::StatusOr<DataFile> DataFile::Open(const InputFile& input) {
  DataFile file(input);
  std::string magic(kCompressionMagicBytes, '\0');
  if (input.pipe) {
    LINEUP_ASSIGN_OR_RETURN(file.pipe_, Pipe::Open(input.path));
    LINEUP_ASSIGN_OR_RETURN(magic, file.pipe_->Peek(magic.size()));
  } else {
    LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source,
                            FileSource::Open(input, 0));
    LINEUP_ASSIGN_OR_RETURN(const size_t size,
                            ReadFully(source.get(), {&magic[0], magic.size()}));
    magic.resize(size);
  }
  file.compression_ = FindCompression(magic);
  return file;
}

absl::StatusOr<DataFile::Head> DataFile::ReadHead(size_t bytes) const {
  if (pipe_ == nullptr) {
    LINEUP_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                            FileSource::Open(input_, 0));
    return HeadOf(std::move(source), bytes);
  }
  // Damaged data would have the whole pipe looked at.
  const size_t limit = std::max(kMinPeekLimit, 4 * bytes);
  for (size_t wanted = bytes + 1;; wanted *= 4) {
    LINEUP_ASSIGN_OR_RETURN(std::string peeked, pipe_->Peek(wanted));
    const bool more_to_come = peeked.size() == wanted;
    LINEUP_ASSIGN_OR_RETURN(
        Head head,
        HeadOf(std::make_unique<MemorySource>(std::move(peeked)), bytes));
    // What is short, if compressed, may go on in the bytes not looked at.
    if (!head.whole || !more_to_come || wanted > limit) return head;
  }
}

absl::StatusOr<DataFile::Head> DataFile::HeadOf(
    std::unique_ptr<ByteSource> source, size_t bytes) const {
  Head head;
  source = Decompress(
      compression_, name_,
      std::make_unique<CountingSource>(std::move(source), &head.file_bytes));
  // One byte more, to see whether there is one.
  head.text.resize(bytes + 1);
  LINEUP_ASSIGN_OR_RETURN(
      const size_t size,
      ReadFully(source.get(), {&head.text[0], head.text.size()}));
  head.whole = size <= bytes;
  head.text.resize(std::min(size, bytes));
  return head;
}

absl::StatusOr<std::unique_ptr<ByteSource>> DataFile::Read(
    uint64_t begin) const {
  CHECK(begin == 0 || seekable());
  std::unique_ptr<ByteSource> source;
  if (pipe_ != nullptr) {
    LINEUP_ASSIGN_OR_RETURN(source, pipe_->Take());
  } else {
    LINEUP_ASSIGN_OR_RETURN(source, FileSource::Open(input_, begin));
  }
  return Decompress(compression_, name_, std::move(source));
}

}  // namespace lineup
