#include "common/rpc/wire_splitter.h"

#include <algorithm>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

enum WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kBytes = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

constexpr int kMaxTagBytes = 5;
constexpr int kMaxVarintBytes = 10;

// Walks over the pieces. What it passes is handed to a sink: the header, a
// payload, or neither.
class Cursor {
 public:
  explicit Cursor(absl::Span<const absl::string_view> pieces)
      : pieces_(pieces) {
    for (const absl::string_view piece : pieces) remaining_ += piece.size();
  }

  size_t position() const { return position_; }
  size_t remaining() const { return remaining_; }

  // False at the end, or if no varint of at most `max_bytes` follows. Its
  // bytes are appended to `raw`; bits beyond the 64th are dropped.
  bool ReadVarint(int max_bytes, uint64_t* value, std::string* raw) {
    *value = 0;
    for (int i = 0; i < max_bytes && remaining_ > 0; ++i) {
      const char byte = ReadByte();
      raw->push_back(byte);
      *value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
      if ((byte & 0x80) == 0) return true;
    }
    return false;
  }

  // Passes `size` bytes, which must be there, piece by piece.
  template <typename Sink>
  void Pass(size_t size, Sink sink) {
    while (size > 0) {
      const absl::string_view piece = Piece();
      const size_t n = std::min(size, piece.size());
      sink(piece.substr(0, n));
      Advance(n);
      size -= n;
    }
  }

 private:
  char ReadByte() {
    const char byte = Piece()[0];
    Advance(1);
    return byte;
  }

  // What is left of the current piece; not empty.
  absl::string_view Piece() {
    while (offset_ == pieces_[index_].size()) {
      ++index_;
      offset_ = 0;
    }
    return pieces_[index_].substr(offset_);
  }

  void Advance(size_t n) {
    offset_ += n;
    position_ += n;
    remaining_ -= n;
  }

  absl::Span<const absl::string_view> pieces_;
  size_t index_ = 0;
  size_t offset_ = 0;  // in the current piece
  size_t position_ = 0;
  size_t remaining_ = 0;
};

class Splitter {
 public:
  // Where to put the value of a bytes field: null for the header.
  using PayloadOf = absl::FunctionRef<PayloadView*(uint32_t field)>;

  Splitter(absl::Span<const absl::string_view> pieces, PayloadOf payload_of)
      : cursor_(pieces), payload_of_(payload_of) {}

  // Returns the header.
  absl::StatusOr<std::string> Split() {
    while (cursor_.remaining() > 0) {
      LINEUP_RETURN_IF_ERROR(SplitField());
    }
    if (group_depth_ > 0) return Broken("it ends within a group");
    return std::move(header_);
  }

 private:
  absl::Status Broken(absl::string_view problem) const {
    return absl::InvalidArgumentError(
        absl::StrCat("the message's encoding breaks at byte ",
                     cursor_.position(), ": ", problem));
  }

  absl::Status SplitField() {
    raw_.clear();
    uint64_t tag;
    if (!cursor_.ReadVarint(kMaxTagBytes, &tag, &raw_)) {
      return Broken("no field tag");
    }
    // Like the generated parsers, which drop the bits beyond the 32nd.
    const uint32_t field = static_cast<uint32_t>(tag) >> 3;
    const uint32_t wire_type = tag & 7;
    if (field == 0) return Broken("field number 0");
    // Fields within a group are not the message's own.
    PayloadView* const payload =
        wire_type == kBytes && group_depth_ == 0 ? payload_of_(field) : nullptr;
    if (payload != nullptr) {
      std::string unused;
      LINEUP_ASSIGN_OR_RETURN(const size_t size, ReadLength(&unused));
      payload->Clear();
      cursor_.Pass(size,
                   [&](absl::string_view piece) { payload->Append(piece); });
      return absl::OkStatus();
    }
    header_ += raw_;
    return CopyValue(wire_type);
  }

  absl::Status CopyValue(uint32_t wire_type) {
    switch (wire_type) {
      case kVarint: {
        uint64_t unused;
        if (!cursor_.ReadVarint(kMaxVarintBytes, &unused, &header_)) {
          return Broken("no end of a varint");
        }
        return absl::OkStatus();
      }
      case kFixed64:
        return CopyToHeader(8);
      case kFixed32:
        return CopyToHeader(4);
      case kBytes: {
        LINEUP_ASSIGN_OR_RETURN(const size_t size, ReadLength(&header_));
        return CopyToHeader(size);
      }
      case kStartGroup:
        ++group_depth_;
        return absl::OkStatus();
      case kEndGroup:
        if (group_depth_ == 0) return Broken("the end of no group");
        --group_depth_;
        return absl::OkStatus();
      default:
        return Broken(absl::StrCat("unknown wire type ", wire_type));
    }
  }

  absl::StatusOr<size_t> ReadLength(std::string* raw) {
    uint64_t size;
    if (!cursor_.ReadVarint(kMaxTagBytes, &size, raw)) {
      return Broken("no length of a field");
    }
    if (size > cursor_.remaining()) {
      return Broken(absl::StrCat("a field of ", size, " bytes, but only ",
                                 cursor_.remaining(), " follow"));
    }
    return static_cast<size_t>(size);
  }

  absl::Status CopyToHeader(size_t size) {
    if (size > cursor_.remaining()) return Broken("it ends within a field");
    cursor_.Pass(size, [this](absl::string_view piece) {
      header_.append(piece.data(), piece.size());
    });
    return absl::OkStatus();
  }

  Cursor cursor_;
  const PayloadOf payload_of_;
  std::string header_;
  std::string raw_;  // of the tag
  int group_depth_ = 0;
};

}  // namespace

absl::StatusOr<SplitWire> SplitWireMessage(
    absl::Span<const absl::string_view> pieces,
    absl::Span<const int> payload_fields) {
  SplitWire wire;
  wire.payloads.resize(payload_fields.size());
  const auto payload_of = [&](uint32_t field) -> PayloadView* {
    for (size_t i = 0; i < payload_fields.size(); ++i) {
      if (static_cast<uint32_t>(payload_fields[i]) == field) {
        return &wire.payloads[i];
      }
    }
    return nullptr;
  };
  LINEUP_ASSIGN_OR_RETURN(wire.header, Splitter(pieces, payload_of).Split());
  return wire;
}

absl::StatusOr<std::vector<PayloadView>> SplitRepeatedField(
    absl::Span<const absl::string_view> pieces, int field, size_t max_values) {
  std::vector<PayloadView> values;
  PayloadView beyond;
  bool too_many = false;
  const auto value_of = [&](uint32_t number) -> PayloadView* {
    if (number != static_cast<uint32_t>(field)) return nullptr;
    too_many = values.size() >= max_values;
    if (too_many) return &beyond;
    values.emplace_back();
    return &values.back();
  };
  LINEUP_RETURN_IF_ERROR(Splitter(pieces, value_of).Split().status());
  if (too_many) {
    return absl::InvalidArgumentError(absl::StrCat("the message's field ",
                                                   field, " has more than ",
                                                   max_values, " values"));
  }
  return values;
}

}  // namespace lineup
