#include "common/data/decompressing_source.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

constexpr size_t kInputBytes = 128 << 10;

}  // namespace

DecompressingSource::DecompressingSource(absl::string_view format,
                                         std::string file,
                                         std::unique_ptr<ByteSource> input)
    : format_(format),
      file_(std::move(file)),
      input_(std::move(input)),
      buffer_(kInputBytes, '\0') {}

absl::StatusOr<size_t> DecompressingSource::Read(absl::Span<char> buffer) {
  LINEUP_RETURN_IF_ERROR(error_);
  for (;;) {
    if (rest_.empty() && !has_output()) LINEUP_RETURN_IF_ERROR(Refill());
    if (rest_.empty() && !has_output()) {
      if (may_end()) return 0;
      return error_ = CutOff();
    }
    const Step step = Decompress(rest_, buffer);
    rest_.remove_prefix(step.consumed);
    bytes_in_ += step.consumed;
    bytes_out_ += step.produced;
    if (!step.error.empty()) error_ = Damaged(step.error);
    if (step.produced > 0) return step.produced;
    LINEUP_RETURN_IF_ERROR(error_);
  }
}

absl::Status DecompressingSource::Refill() {
  if (input_ended_) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const size_t size,
                          input_->Read({&buffer_[0], buffer_.size()}));
  rest_ = absl::string_view(buffer_).substr(0, size);
  input_ended_ = size == 0;
  return absl::OkStatus();
}

absl::Status DecompressingSource::Damaged(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat(
      file_, ": the ", format_, " data is damaged near byte ", bytes_in_,
      " (after ", bytes_out_, " bytes of content): ", what,
      "; copy or download the file again"));
}

absl::Status DecompressingSource::CutOff() const {
  return absl::DataLossError(absl::StrCat(
      file_, ": the ", format_, " data ends too early, at byte ", bytes_in_,
      " (after ", bytes_out_,
      " bytes of content); the file is cut off: copy or download it again"));
}

}  // namespace lineup
