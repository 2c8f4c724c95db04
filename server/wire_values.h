#ifndef LINEUP_SERVER_WIRE_VALUES_H_
#define LINEUP_SERVER_WIRE_VALUES_H_

// The numbers of rows (weights, gradients) between memory and the wire, where
// they are packed, in another order, and perhaps shorter. No gRPC in here.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/packed_columns.h"
#include "common/rpc/float_codec.h"
#include "common/rpc/payload.h"
#include "common/rpc/send_buffer.h"
#include "server/wire_rows.h"

namespace lineup {

// Bytes of one row on the wire.
inline size_t WireRowBytes(const PackedColumns& columns, FloatFormat format) {
  return columns.packed_width() * BytesPerFloat(format);
}

// What is said of rows that travel as `columns`: 0 if those are all.
inline uint32_t GroupsOnTheWire(const PackedColumns& columns,
                                const PackedColumns& all) {
  return columns.num_groups() == all.num_groups()
             ? 0
             : static_cast<uint32_t>(columns.num_groups());
}

// Whether rows lie on the wire just as in memory.
inline bool SameOnTheWire(const PackedColumns& columns, FloatFormat format,
                          const WireRows& rows) {
  return columns.is_identity() && format == FloatFormat::kFloat32 &&
         rows.in_order();
}

// Reads received rows in any order. Thread-safe; what it is made of must
// outlive it.
class WireValues {
 public:
  WireValues(FloatFormat format, const PackedColumns* columns,
             const PayloadView* payload);

  // The row at a position: width() numbers into `out`, the padding zeros.
  void ReadRow(size_t position, float* out) const;

 private:
  // Gives `size` bytes from `offset` on, copied to `scratch` only if they lie
  // in more than one piece.
  const char* Bytes(size_t offset, size_t size, char* scratch) const;

  const FloatFormat format_;
  const PackedColumns& columns_;
  const std::vector<absl::string_view>& pieces_;
  std::vector<size_t> piece_ends_;
  size_t row_bytes_;
};

// Writes rows as they travel: `values` are rows.size() x width, by the row
// set's index.
SendBuffer EncodeRows(FloatFormat format, const PackedColumns& columns,
                      const WireRows& rows, const float* values);

}  // namespace lineup

#endif  // LINEUP_SERVER_WIRE_VALUES_H_
