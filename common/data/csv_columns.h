// Decides what the columns of a CSV file mean for data of a given schema: which
// is the label, which the weight, and which feature each of the others is.

#ifndef LINEUP_COMMON_DATA_CSV_COLUMNS_H_
#define LINEUP_COMMON_DATA_CSV_COLUMNS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/data/csv_head.h"
#include "common/data/csv_parser.h"
#include "common/data/schema.h"

namespace lineup {

// How to read a file into examples of the given schema. Columns are matched by
// name where schema and file have names, otherwise by position. `file` names
// the file in errors.
//
// options.label and options.weight, if given, replace what the schema says of
// these columns. With options.labelled false both may be absent.
absl::StatusOr<CsvLayout> CsvLayoutLike(const Schema& schema,
                                        const std::string& file,
                                        const CsvHead& head,
                                        const DataOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_CSV_COLUMNS_H_
