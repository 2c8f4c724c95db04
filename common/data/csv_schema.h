// The schema of CSV data by its first file.

#ifndef LINEUP_COMMON_DATA_CSV_SCHEMA_H_
#define LINEUP_COMMON_DATA_CSV_SCHEMA_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/data/csv_head.h"
#include "common/data/schema.h"

namespace lineup {

// The schema of data of which `head` is the first file's, by what the user
// says: the label is the first column unless told otherwise, and features are
// all columns that are neither label nor weight. `file` names the file in
// errors.
absl::StatusOr<Schema> CsvSchema(const std::string& file, const CsvHead& head,
                                 const DataOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_CSV_SCHEMA_H_
