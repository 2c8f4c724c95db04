// A way to read weights without changing anything, wherever they are.

#ifndef LINEUP_COMMON_LINEAR_PEEK_ROWS_H_
#define LINEUP_COMMON_LINEAR_PEEK_ROWS_H_

#include <cstddef>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/linear/row_set.h"

namespace lineup {

// Reads the weights of `rows` into `out`, laid out by index: rows.size() x
// width floats, or x outputs where only one candidate (a position in
// LineupColumns::candidates()) is asked for. May be called in parallel.
using PeekRows = absl::FunctionRef<absl::Status(
    const RowSet& rows, std::optional<size_t> candidate, float* out)>;

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_PEEK_ROWS_H_
