#include "common/data/recordio_framing.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace lineup {
namespace {

constexpr uint32_t kMagic = 0xCED7230A;
constexpr uint32_t kLengthBits = 29;
constexpr uint32_t kMaxLength = (uint32_t{1} << kLengthBits) - 1;

enum PartFlag : uint32_t { kWhole = 0, kFirst = 1, kMiddle = 2, kLast = 3 };

struct PartHeader {
  uint32_t magic;
  uint32_t flag_and_length;

  uint32_t flag() const { return flag_and_length >> kLengthBits; }
  uint32_t length() const { return flag_and_length & kMaxLength; }
  // With the header and the zeros behind it.
  size_t part_bytes() const {
    return sizeof(PartHeader) + (size_t{length()} + 3) / 4 * 4;
  }
  bool valid() const { return magic == kMagic && flag() <= kLast; }
  bool starts() const { return flag() == kWhole || flag() == kFirst; }
  bool ends() const { return flag() == kWhole || flag() == kLast; }
};
static_assert(sizeof(PartHeader) == kRecordHeaderBytes, "");

PartHeader HeaderAt(absl::string_view bytes) {
  PartHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  return header;
}

std::string NotAHeader(absl::string_view bytes) {
  return absl::StrCat(
      "found the bytes ", absl::BytesToHexString(bytes.substr(0, 8)),
      " where a record should start, expected the mark 0a23d7ce of RecordIO "
      "and a flag from 0 to 3; the file is damaged or not RecordIO");
}

FrameResult Bad(size_t size, std::string why, RecordFrame* frame) {
  frame->size = size;
  frame->error = std::move(why);
  return FrameResult::kBad;
}

FrameResult CutOff(absl::string_view bytes, bool at_end, RecordFrame* frame) {
  if (!at_end) return FrameResult::kIncomplete;
  return Bad(bytes.size(),
             absl::StrCat("found the end of the file after ", bytes.size(),
                          " bytes of the record, expected the rest; the file "
                          "was cut off: copy it again"),
             frame);
}

// The payload of a part, behind those of the record's parts before.
void AddPart(const PartHeader& header, absl::string_view payload,
             RecordFrame* frame) {
  if (header.flag() == kWhole) {
    frame->payload = payload;
    return;
  }
  if (header.flag() != kFirst) {
    frame->joined.append(reinterpret_cast<const char*>(&kMagic),
                         sizeof(kMagic));
  }
  frame->joined.append(payload.data(), payload.size());
  frame->payload = frame->joined;
}

}  // namespace

FrameResult CutRecord(absl::string_view bytes, bool at_end,
                      RecordFrame* frame) {
  frame->joined.clear();
  for (frame->size = 0;;) {
    const bool first = frame->size == 0;
    const absl::string_view rest = bytes.substr(frame->size);
    if (rest.size() < sizeof(PartHeader)) return CutOff(bytes, at_end, frame);
    const PartHeader header = HeaderAt(rest);
    if (!header.valid()) {
      Bad(bytes.size(), NotAHeader(rest), frame);
      return FrameResult::kLost;
    }
    if (header.starts() && !first) {
      return Bad(frame->size,
                 "found the start of another record, expected a further part "
                 "of this one (flag 2 or 3); the file is damaged",
                 frame);
    }
    if (rest.size() < header.part_bytes()) return CutOff(bytes, at_end, frame);
    if (!header.starts() && first) {
      return Bad(header.part_bytes(),
                 absl::StrCat("found a part with the flag ", header.flag(),
                              ", expected the start of a record (flag 0 or "
                              "1); the file is damaged"),
                 frame);
    }
    AddPart(header, rest.substr(sizeof(PartHeader), header.length()), frame);
    frame->size += header.part_bytes();
    if (header.ends()) return FrameResult::kRecord;
  }
}

void AppendRecord(absl::string_view payload, std::string* out) {
  const PartHeader header = {kMagic, static_cast<uint32_t>(payload.size())};
  out->append(reinterpret_cast<const char*>(&header), sizeof(header));
  out->append(payload.data(), payload.size());
  out->append((4 - payload.size() % 4) % 4, '\0');
}

RecordIndex::RecordIndex(uint64_t split_bytes)
    : split_bytes_(std::max<uint64_t>(1, split_bytes)), starts_({{0, 0}}) {}

void RecordIndex::StartRecord() {
  if (next_offset_ / split_bytes_ > starts_.back().offset / split_bytes_) {
    starts_.push_back({next_offset_, num_records_});
  }
  ++num_records_;
}

absl::Status RecordIndex::Add(absl::string_view bytes) {
  size_t at = 0;
  while (at + sizeof(PartHeader) <= bytes.size()) {
    const PartHeader header = HeaderAt(bytes.substr(at));
    if (!header.valid()) {
      return absl::InvalidArgumentError(
          absl::StrCat("record ", num_records_ + 1, " (byte ", next_offset_,
                       "): ", NotAHeader(bytes.substr(at))));
    }
    if (header.starts() || !inside_) StartRecord();
    inside_ = header.flag() == kFirst || (inside_ && header.flag() == kMiddle);
    at += header.part_bytes();
    next_offset_ += header.part_bytes();
  }
  return absl::OkStatus();
}

}  // namespace lineup
