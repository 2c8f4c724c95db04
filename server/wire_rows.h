#ifndef LINEUP_SERVER_WIRE_ROWS_H_
#define LINEUP_SERVER_WIRE_ROWS_H_

// Which rows a call is about: from the fields of proto/parameter_server.proto,
// checked, to a RowSet. No gRPC in here.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/linear/owned_rows.h"
#include "common/linear/row_set.h"
#include "common/rpc/payload.h"

namespace lineup {

// The fields all_rows and rows of one call, or of one part of a call. The view
// must outlive it.
struct RowsField {
  uint32_t all_rows = 0;
  PayloadView rows;
};

// Rows in the two orders that they have: on the wire, and in a RowSet. A plain
// value.
struct WireRows {
  RowSet rows;
  // By the row set's index, the position on the wire; empty: the same.
  std::vector<uint32_t> positions;

  size_t size() const { return rows.size(); }
  bool in_order() const { return positions.empty(); }
  size_t position(size_t index) const {
    return positions.empty() ? index : positions[index];
  }
};

// The first `num_rows` rows of the matrix, as far as they are `owned`, or part
// `part` of `num_parts` of them.
WireRows AllWireRows(const OwnedRows& owned, uint32_t num_rows,
                     uint32_t part = 0, uint32_t num_parts = 1);

// MALFORMED if the parts of one call do not fit together, or say all_rows above
// `max_rows` (0: no limit).
absl::Status CheckRowsFields(absl::Span<const RowsField* const> parts,
                             uint32_t max_rows);

// The rows of the parts of one call, one after the other. MALFORMED as above,
// or if rows are listed that this server does not have, that are not below
// `max_rows`, or that are not grouped.
absl::StatusOr<WireRows> ReadWireRows(absl::Span<const RowsField* const> parts,
                                      const OwnedRows& owned,
                                      uint32_t max_rows);

// How many rows one part of a call has that has been read without error.
size_t NumRows(const RowsField& field, const OwnedRows& owned, uint32_t part,
               uint32_t num_parts);

}  // namespace lineup

#endif  // LINEUP_SERVER_WIRE_ROWS_H_
