// Tells the format of a file by its beginning:
//
//   RecordIO     starts with the magic word
//   JSON Lines   starts with "{" (after blanks)
//   LIBSVM       at least half of the first lines have id:value pairs
//   CSV          all else that is text
//
// Formats that Lineup does not read, but that are often met, are refused by
// name.

#ifndef LINEUP_COMMON_DATA_FORMAT_SNIFFER_H_
#define LINEUP_COMMON_DATA_FORMAT_SNIFFER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/schema.h"

namespace lineup {

// `head`: the beginning of the file (decompressed), not empty. kAuto: lines
// with a single number, which may be CSV, or LIBSVM whose features are zero.
// `file` names it in errors.
absl::StatusOr<FileFormat> FindFormat(const std::string& file,
                                      absl::string_view head);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_FORMAT_SNIFFER_H_
