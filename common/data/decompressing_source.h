// What the sources of decompressed bytes have in common: the compressed bytes
// at hand, the count of both sides, and the words for what is wrong.

#ifndef LINEUP_COMMON_DATA_DECOMPRESSING_SOURCE_H_
#define LINEUP_COMMON_DATA_DECOMPRESSING_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/data/byte_source.h"

namespace lineup {

class DecompressingSource : public ByteSource {
 public:
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) final;

 protected:
  // `format`: its name, for errors.
  DecompressingSource(absl::string_view format, std::string file,
                      std::unique_ptr<ByteSource> input);

  struct Step {
    size_t consumed = 0;  // of the input
    size_t produced = 0;  // of the output
    // What is wrong with the data behind that; empty if nothing is.
    std::string error;
  };

  // Decompresses some of `input` into `output`, which is not empty; the input
  // is empty only if has_output(). Without an error, something must be
  // consumed or produced, or has_output() become false.
  virtual Step Decompress(absl::string_view input, absl::Span<char> output) = 0;

  // Whether the data may end here, behind what was decompressed so far.
  virtual bool may_end() const = 0;

  // Whether more output may come without more input.
  virtual bool has_output() const = 0;

 private:
  absl::Status Refill();
  absl::Status Damaged(absl::string_view what) const;
  absl::Status CutOff() const;

  const absl::string_view format_;
  const std::string file_;
  const std::unique_ptr<ByteSource> input_;
  std::string buffer_;
  absl::string_view rest_;  // of the buffer
  bool input_ended_ = false;
  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
  absl::Status error_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_DECOMPRESSING_SOURCE_H_
