// One file of data as a stream of bytes, whether it is compressed or not.
//
// A value; copies share a pipe. Thread-safe.

#ifndef LINEUP_COMMON_DATA_DATA_FILE_H_
#define LINEUP_COMMON_DATA_DATA_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/data/byte_source.h"
#include "common/data/compression.h"
#include "common/data/input_file.h"
#include "common/data/pipe.h"

namespace lineup {

class DataFile {
 public:
  // The beginning of a file's content.
  struct Head {
    std::string text;
    bool whole = false;  // there is no more
    // Bytes of the file that it was made from; about, if compressed.
    uint64_t file_bytes = 0;
  };

  // Finds out how the file is compressed.
  static absl::StatusOr<DataFile> Open(const InputFile& file);

  // What errors call it.
  const std::string& name() const { return name_; }

  // As it was listed.
  const InputFile& input() const { return input_; }

  // On disk; 0 for a pipe.
  uint64_t bytes() const { return input_.bytes; }

  // Whether it can be read from any byte on, and again.
  bool seekable() const {
    return pipe_ == nullptr && compression_ == Compression::kNone;
  }
  bool is_pipe() const { return pipe_ != nullptr; }

  // The first `bytes` bytes of the content. Data that turns out to be damaged
  // within them ends there: reading it will say so.
  absl::StatusOr<Head> ReadHead(size_t bytes) const;

  // The content from byte `begin` on, which must be 0 unless seekable(). A
  // pipe can be read once.
  absl::StatusOr<std::unique_ptr<ByteSource>> Read(uint64_t begin) const;

 private:
  explicit DataFile(const InputFile& file);

  // Of what `source` has, compressed as the file is.
  absl::StatusOr<Head> HeadOf(std::unique_ptr<ByteSource> source,
                              size_t bytes) const;

  InputFile input_;
  std::string name_;
  Compression compression_ = Compression::kNone;
  std::shared_ptr<Pipe> pipe_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_DATA_FILE_H_
