#include "common/data/split_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// So much text that the parser did not take is moved to get more behind it,
// without the question whether it was for want of text or because the block
// is full.
constexpr size_t kCheapToMove = 64 << 10;

}  // namespace

SplitReader::SplitReader(std::string file, FileFormat format,
                         std::unique_ptr<PieceReader> pieces,
                         std::unique_ptr<RecordParser> parser,
                         std::unique_ptr<LineFinder> lines)
    : file_(std::move(file)),
      format_(format),
      pieces_(std::move(pieces)),
      parser_(std::move(parser)),
      lines_(std::move(lines)) {}

absl::Status SplitReader::Read(const Sink& sink, BadRecords* bad) {
  absl::Status source_status;
  for (;;) {
    const size_t size = pieces_->text().size();
    if (size > 0) {
      const ParseResult result =
          parser_->Parse(pieces_->text(), pieces_->at_end(), &block_);
      if (result.error) LINEUP_RETURN_IF_ERROR(Report(*result.error, bad));
      pieces_->Consume(result.consumed);
      if (result.consumed > 0) continue;
    }
    // The block is full, or the next record is not here as a whole.
    const bool fill = block_.empty() || size < kCheapToMove;
    if (fill && source_status.ok() && !pieces_->at_end()) {
      source_status = pieces_->Fill();
      if (source_status.ok()) continue;
    }
    if (!block_.empty()) {
      LINEUP_RETURN_IF_ERROR(sink(std::exchange(block_, Examples())));
      continue;
    }
    if (!source_status.ok()) {
      return bad == nullptr ? source_status : bad->Add(source_status);
    }
    CHECK_EQ(size, 0u) << file_ << ": the parser left a record";
    return absl::OkStatus();
  }
}

absl::Status SplitReader::Report(const RecordError& error, BadRecords* bad) {
  if (bad != nullptr && !error.fatal && !bad->wants_message()) {
    return bad->Add(absl::InvalidArgumentError(file_));
  }
  const absl::Status status = absl::InvalidArgumentError(
      absl::StrCat(PlaceOf(error), ": ", error.name,
                   error.name.empty() ? "" : ": ", error.message));
  return bad == nullptr || error.fatal ? status : bad->Add(status);
}

std::string SplitReader::PlaceOf(const RecordError& error) {
  if (format_ == FileFormat::kRecordIo) {
    return absl::StrCat(file_, ": record ", error.position);
  }
  absl::StatusOr<uint64_t> line;
  if (lines_ == nullptr) {
    const absl::string_view before = pieces_->text().substr(0, error.offset);
    line = pieces_->lines_before() + 1 +
           std::count(before.begin(), before.end(), '\n');
  } else {
    line = lines_->LineOf(pieces_->offset() + error.offset);
  }
  // The file may have gone by now; the error is still worth its message.
  return line.ok() ? absl::StrCat(file_, ":", *line, ":", error.position)
                   : absl::StrCat(file_, ": near byte ", pieces_->offset());
}

}  // namespace lineup
