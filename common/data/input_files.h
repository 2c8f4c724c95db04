// Finds the files that an input means.
//
//   a file        itself (also a pipe; "-" is standard input)
//   a directory   all files in it and below it, in order of their paths,
//                 without hidden ones (".", "_" first) and empty ones
//   a glob        all files and directories that match, in order
//
// Names that start with "." or "_" mark files that are not data: _SUCCESS,
// _committed_…, .part-0.crc.

#ifndef LINEUP_COMMON_DATA_INPUT_FILES_H_
#define LINEUP_COMMON_DATA_INPUT_FILES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/data/input_file.h"

namespace lineup {

// What stands for standard input among the paths.
constexpr char kStandardInput[] = "-";

// The files of all paths, in the order of the paths. An error names the path
// of which nothing was found, and what was looked for. A file that is named
// itself must not be empty.
absl::StatusOr<std::vector<InputFile>> ListInputFiles(
    absl::Span<const std::string> paths);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_INPUT_FILES_H_
