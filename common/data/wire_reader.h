// Reads Protocol Buffers' wire format field by field, for messages that are
// read too often to be built as objects first.
//
//   WireReader reader(bytes);
//   while (reader.NextField()) {
//     if (reader.field() == 1 && reader.type() == WireType::kBytes) {
//       Use(reader.bytes());
//     }
//   }
//   if (reader.failed()) ...
//
// Fields that are not looked at are passed over, as the format demands.
// https://protobuf.dev/programming-guides/encoding. Groups, which no longer
// occur, count as damage.

#ifndef LINEUP_COMMON_DATA_WIRE_READER_H_
#define LINEUP_COMMON_DATA_WIRE_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace lineup {

enum class WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

class WireReader {
 public:
  // Refers to `bytes`.
  explicit WireReader(absl::string_view bytes)
      : at_(bytes.data()), end_(at_ + bytes.size()) {}

  // Goes to the next field. False at the end, or if the bytes are damaged.
  bool NextField() {
    if (at_ == end_) return false;
    uint64_t tag = 0;
    if (!ReadVarint(kMaxBytes32, &tag)) return false;
    field_ = tag >> 3;
    type_ = static_cast<WireType>(tag & 7);
    if (field_ == 0 || tag > UINT32_MAX) return Fail();
    switch (type_) {
      case WireType::kVarint:
        return ReadVarint(kMaxBytes64, &number_);
      case WireType::kFixed64:
        return Take(8);
      case WireType::kFixed32:
        return Take(4);
      case WireType::kBytes: {
        uint64_t length = 0;
        return ReadVarint(kMaxBytes32, &length) && Take(length);
      }
    }
    return Fail();
  }

  uint32_t field() const { return static_cast<uint32_t>(field_); }
  WireType type() const { return type_; }
  // kVarint.
  uint64_t number() const { return number_; }
  // kBytes, kFixed32, kFixed64: as they stand, little-endian.
  absl::string_view bytes() const { return bytes_; }

  bool failed() const { return failed_; }

  // For packed fields: the next of a sequence of varints. False at the end,
  // or if the bytes are damaged.
  bool NextVarint(uint64_t* number) {
    return at_ != end_ && ReadVarint(kMaxBytes64, number);
  }

 private:
  // Of the varint of a number of so many bits.
  static constexpr int kMaxBytes32 = 5;
  static constexpr int kMaxBytes64 = 10;

  bool ReadVarint(int max_bytes, uint64_t* number) {
    uint64_t result = 0;
    for (int i = 0; i < max_bytes && at_ != end_; ++i) {
      const uint64_t byte = static_cast<unsigned char>(*at_++);
      result |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        *number = result;
        return true;
      }
    }
    return Fail();
  }

  bool Take(uint64_t length) {
    if (length > static_cast<uint64_t>(end_ - at_)) return Fail();
    bytes_ = absl::string_view(at_, length);
    at_ += length;
    return true;
  }

  bool Fail() {
    failed_ = true;
    return false;
  }

  const char* at_;
  const char* const end_;
  uint64_t field_ = 0;
  WireType type_ = WireType::kVarint;
  uint64_t number_ = 0;
  absl::string_view bytes_;
  bool failed_ = false;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_WIRE_READER_H_
