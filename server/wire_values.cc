#include "server/wire_values.h"

#include <algorithm>
#include <cstring>

#include "absl/container/inlined_vector.h"

namespace lineup {
namespace {

// Longer rows are rare, and then an allocation costs little beside the copy.
constexpr size_t kInlineFloats = 256;
constexpr size_t kInlineBytes = kInlineFloats * sizeof(float);

}  // namespace

WireValues::WireValues(FloatFormat format, const PackedColumns* columns,
                       const PayloadView* payload)
    : format_(format),
      columns_(*columns),
      pieces_(payload->pieces()),
      row_bytes_(WireRowBytes(*columns, format)) {
  size_t end = 0;
  for (const absl::string_view piece : pieces_) {
    piece_ends_.push_back(end += piece.size());
  }
}

const char* WireValues::Bytes(size_t offset, size_t size, char* scratch) const {
  // Pieces are mostly of one size, so the right one is near the guess.
  size_t i = offset * pieces_.size() / piece_ends_.back();
  while (i > 0 && offset < piece_ends_[i - 1]) --i;
  while (offset >= piece_ends_[i]) ++i;
  size_t begin = offset - (piece_ends_[i] - pieces_[i].size());
  if (begin + size <= pieces_[i].size()) return pieces_[i].data() + begin;
  for (size_t copied = 0; copied < size; ++i, begin = 0) {
    const size_t n = std::min(size - copied, pieces_[i].size() - begin);
    std::memcpy(scratch + copied, pieces_[i].data() + begin, n);
    copied += n;
  }
  return scratch;
}

void WireValues::ReadRow(size_t position, float* out) const {
  if (row_bytes_ == 0) return;
  absl::InlinedVector<char, kInlineBytes> scratch(row_bytes_);
  const char* const bytes =
      Bytes(position * row_bytes_, row_bytes_, scratch.data());
  const size_t count = columns_.packed_width();
  if (columns_.is_identity()) {
    DecodeFloats(format_, bytes, count, out);
    return;
  }
  absl::InlinedVector<float, kInlineFloats> packed(count);
  DecodeFloats(format_, bytes, count, packed.data());
  columns_.Unpack(packed.data(), out);
}

SendBuffer EncodeRows(FloatFormat format, const PackedColumns& columns,
                      const WireRows& rows, const float* values) {
  const size_t row_bytes = WireRowBytes(columns, format);
  SendBuffer buffer(rows.size() * row_bytes);
  std::vector<float> packed(columns.packed_width());
  for (size_t i = 0; i < rows.size(); ++i) {
    columns.Pack(values + i * columns.width(), packed.data());
    EncodeFloats(format, packed.data(), packed.size(),
                 buffer.data() + rows.position(i) * row_bytes);
  }
  return buffer;
}

}  // namespace lineup
