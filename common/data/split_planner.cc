#include "common/data/split_planner.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/quoted_line_index.h"
#include "common/data/recordio_framing.h"

namespace lineup {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

class Planner {
 public:
  Planner(const FileProbe& probe, uint32_t file, uint64_t split_bytes,
          FileLayout* layout)
      : probe_(probe),
        file_(file),
        split_bytes_(std::max<uint64_t>(split_bytes, 1)),
        layout_(*layout) {}

  absl::StatusOr<std::vector<Split>> Plan() {
    if (layout_.format == FileFormat::kRecordIo && probe_.file.seekable()) {
      LINEUP_RETURN_IF_ERROR(PlanRecords());
    } else if (layout_.format == FileFormat::kCsv && probe_.quotes) {
      LINEUP_RETURN_IF_ERROR(PlanQuotedLines());
    } else {
      PlanLines();
    }
    return std::move(splits_);
  }

 private:
  void AddWhole() {
    Split split;
    split.file = file_;
    split.end = probe_.file.is_pipe() ? UINT64_MAX : probe_.file.bytes();
    split.estimated_bytes = probe_.content_bytes;
    splits_.push_back(split);
  }

  // `end` becomes that of the split before.
  void AddFrom(uint64_t begin, uint64_t first_record = 0) {
    const uint64_t end = probe_.file.bytes();
    if (begin >= end) return;
    if (!splits_.empty()) SetEnd(begin);
    Split split;
    split.file = file_;
    split.begin = begin;
    split.first_record = first_record;
    splits_.push_back(split);
    SetEnd(end);
  }

  void SetEnd(uint64_t end) {
    Split& last = splits_.back();
    last.end = end;
    last.estimated_bytes = end - last.begin;
  }

  void PlanLines() {
    if (!probe_.file.seekable()) return AddWhole();
    for (uint64_t begin = layout_.data_begin; begin < probe_.file.bytes();
         begin += split_bytes_) {
      AddFrom(begin);
    }
  }

  absl::Status PlanRecords() {
    const uint64_t bytes = probe_.file.bytes();
    RecordIndex index(split_bytes_);
    std::string buffer(kPieceBytes, '\0');
    while (index.next_offset() + kRecordHeaderBytes <= bytes) {
      LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                              probe_.file.Read(index.next_offset()));
      LINEUP_ASSIGN_OR_RETURN(const size_t size,
                              source->Read({&buffer[0], buffer.size()}));
      const absl::Status status =
          index.Add(absl::string_view(buffer).substr(0, size));
      if (!status.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat(probe_.file.name(), ": ", status.message()));
      }
    }
    for (const RecordIndex::Start& start : index.starts()) {
      AddFrom(start.offset, start.first_record);
    }
    return absl::OkStatus();
  }

  absl::Status PlanQuotedLines() {
    QuotedLineIndex index(layout_.data_begin, split_bytes_);
    LINEUP_RETURN_IF_ERROR(ReadInto(&index));
    layout_.multiline = index.multiline();
    if (!index.multiline() || !probe_.file.seekable()) {
      PlanLines();
    } else {
      for (const uint64_t start : index.starts()) AddFrom(start);
    }
    return absl::OkStatus();
  }

  absl::Status ReadInto(QuotedLineIndex* index) const {
    if (probe_.file.is_pipe()) {
      // It can be read only once; its beginning has to do.
      LINEUP_ASSIGN_OR_RETURN(const DataFile::Head head,
                              probe_.file.ReadHead(kPieceBytes));
      const absl::string_view text = head.text;
      const size_t end = head.whole ? text.size() : text.rfind('\n') + 1;
      index->Add(text.substr(0, end).substr(layout_.data_begin));
      return absl::OkStatus();
    }
    LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                            probe_.file.Read(0));
    uint64_t to_skip = layout_.data_begin;
    std::string buffer(kPieceBytes, '\0');
    for (;;) {
      const absl::StatusOr<size_t> size =
          source->Read({&buffer[0], buffer.size()});
      // Reading will say that it is damaged.
      if (absl::IsDataLoss(size.status())) return absl::OkStatus();
      LINEUP_RETURN_IF_ERROR(size.status());
      if (*size == 0) return absl::OkStatus();
      const uint64_t skip = std::min<uint64_t>(to_skip, *size);
      to_skip -= skip;
      index->Add(absl::string_view(buffer).substr(skip, *size - skip));
    }
  }

  const FileProbe& probe_;
  const uint32_t file_;
  const uint64_t split_bytes_;
  FileLayout& layout_;
  std::vector<Split> splits_;
};

}  // namespace

absl::StatusOr<std::vector<Split>> PlanSplits(const FileProbe& probe,
                                              uint32_t file,
                                              uint64_t split_bytes,
                                              FileLayout* layout) {
  return Planner(probe, file, split_bytes, layout).Plan();
}

}  // namespace lineup
