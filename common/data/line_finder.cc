#include "common/data/line_finder.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/data/file_source.h"

namespace lineup {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

}  // namespace

LineFinder::LineFinder(InputFile file) : file_(std::move(file)) {}

absl::StatusOr<uint64_t> LineFinder::LineOf(uint64_t offset) {
  if (offset < known_offset_) {
    known_offset_ = 0;
    known_line_ = 1;
  }
  LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source,
                          FileSource::Open(file_, known_offset_));
  std::vector<char> buffer(kPieceBytes);
  while (known_offset_ < offset) {
    const size_t wanted =
        std::min<uint64_t>(offset - known_offset_, buffer.size());
    LINEUP_ASSIGN_OR_RETURN(const size_t size,
                            source->Read({buffer.data(), wanted}));
    if (size == 0) break;
    known_line_ += std::count(buffer.begin(), buffer.begin() + size, '\n');
    known_offset_ += size;
  }
  return known_line_;
}

}  // namespace lineup
