// Finds out what a CSV file looks like from its beginning: the delimiter,
// whether there is a line of names, and how many columns there are.
//
// The delimiter is the one by which most fields of the first lines are
// numbers. The first record is a header if
//   * none of its fields is a number and some field is text, or
//   * its numbers just count on (a table whose columns are called 0, 1, 2 ...
//     beside a "label"), and the other columns are numbers further down.
// So a first row with one bad value is not taken for a header.

#ifndef LINEUP_COMMON_DATA_CSV_HEAD_H_
#define LINEUP_COMMON_DATA_CSV_HEAD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/schema.h"

namespace lineup {

struct CsvHead {
  char delimiter = ',';
  size_t num_columns = 0;
  bool has_header = false;
  // Of a header; otherwise empty.
  std::vector<std::string> names;
  // Bytes before the first record that is data.
  uint64_t data_begin = 0;
};

// `head` is the file's beginning, all of it if `whole`; `file` names it in
// errors. kOutOfRange: a longer beginning is needed.
absl::StatusOr<CsvHead> ReadCsvHead(const std::string& file,
                                    absl::string_view head, bool whole,
                                    const DataOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_CSV_HEAD_H_
