#include "common/data/piece_reader.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/record_parser.h"
#include "glog/logging.h"

namespace lineup {

PieceReader::PieceReader(std::unique_ptr<ByteSource> source,
                         const Options& options)
    : source_(std::move(source)),
      options_(options),
      capacity_(options.buffer_bytes),
      buffer_offset_(options.begin),
      skipping_(options.skip_first_line) {
  buffer_ = NewBuffer(capacity_);
}

std::unique_ptr<char[]> PieceReader::NewBuffer(size_t capacity) {
  // One more for an end of line that is missing in the file.
  const size_t size = capacity + 2 * RecordParser::kPadding + 1;
  std::unique_ptr<char[]> buffer(new char[size]);
  // Parsers read the padding, though they do not care what it is.
  memset(buffer.get(), 0, RecordParser::kPadding);
  memset(buffer.get() + size - RecordParser::kPadding - 1, 0,
         RecordParser::kPadding + 1);
  return buffer;
}

char* PieceReader::data() const {
  return buffer_.get() + RecordParser::kPadding;
}

void PieceReader::Consume(size_t size) {
  DCHECK_LE(size, limit_ - start_);
  if (options_.count_lines) {
    lines_before_ += std::count(data() + start_, data() + start_ + size, '\n');
  }
  start_ += size;
}

absl::Status PieceReader::Skip(uint64_t bytes) {
  while (bytes > 0) {
    if (text().empty()) LINEUP_RETURN_IF_ERROR(Fill());
    const size_t size = std::min<uint64_t>(bytes, text().size());
    if (size == 0) break;  // the end
    Consume(size);
    bytes -= size;
  }
  return absl::OkStatus();
}

absl::Status PieceReader::Fill() {
  const size_t had = text().size();
  while (!at_end_ && text().size() == had) {
    LINEUP_RETURN_IF_ERROR(source_error_);
    LINEUP_RETURN_IF_ERROR(ReadMore());
    if (skipping_) SkipFirstLine();
    MoveLimit();
  }
  return absl::OkStatus();
}

absl::Status PieceReader::ReadMore() {
  LINEUP_RETURN_IF_ERROR(MakeRoom());
  const absl::StatusOr<size_t> size =
      source_->Read({data() + filled_, capacity_ - filled_});
  if (!size.ok()) {
    source_error_ = size.status();
    return source_error_;
  }
  fresh_ = filled_;
  filled_ += *size;
  source_ended_ = *size == 0;
  return absl::OkStatus();
}

absl::Status PieceReader::MakeRoom() {
  const size_t rest = filled_ - start_;
  if (rest > options_.max_record_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        options_.file, ": found no end of the record that starts at byte ",
        offset(), ", expected one within ", options_.max_record_bytes,
        " bytes; check that the file is of the format it is read as"));
  }
  if (rest > capacity_ / 2) {
    std::unique_ptr<char[]> larger = NewBuffer(2 * capacity_);
    memcpy(larger.get() + RecordParser::kPadding, data() + start_, rest);
    buffer_ = std::move(larger);
    capacity_ *= 2;
  } else {
    memmove(data(), data() + start_, rest);
  }
  buffer_offset_ += start_;
  limit_ -= start_;
  filled_ = rest;
  start_ = 0;
  return absl::OkStatus();
}

void PieceReader::SkipFirstLine() {
  const void* const newline = memchr(data() + start_, '\n', filled_ - start_);
  if (newline == nullptr) {
    start_ = limit_ = filled_;
  } else {
    start_ = limit_ = static_cast<const char*>(newline) + 1 - data();
    skipping_ = false;
  }
}

void PieceReader::MoveLimit() {
  if (offset() >= options_.end) {
    at_end_ = true;  // the first line was also the last
    return;
  }
  if (skipping_ && !source_ended_) return;
  if (options_.lines) return MoveLimitByLines();
  limit_ = std::min<uint64_t>(filled_, options_.end - buffer_offset_);
  at_end_ = source_ended_ || buffer_offset_ + limit_ == options_.end;
}

void PieceReader::MoveLimitByLines() {
  // The last line of interest is the one that this byte lies in.
  const uint64_t last = options_.end - 1 - buffer_offset_;
  if (last < filled_) {
    const size_t from = std::max<size_t>({last, limit_, fresh_});
    const void* const newline = memchr(data() + from, '\n', filled_ - from);
    if (newline != nullptr) {
      limit_ = static_cast<const char*>(newline) + 1 - data();
      at_end_ = true;
      return;
    }
  }
  const size_t from = std::max(limit_, fresh_);
  const void* const newline = memrchr(data() + from, '\n', filled_ - from);
  if (newline != nullptr) {
    limit_ = static_cast<const char*>(newline) + 1 - data();
  }
  if (!source_ended_) return;
  if (limit_ < filled_) {
    data()[filled_++] = '\n';
    limit_ = filled_;
  }
  at_end_ = true;
}

}  // namespace lineup
