// Cuts a file into splits.
//
// Plain text is cut at every multiple of split_bytes, without looking: readers
// find the first record from there (split_reader.h). RecordIO, and CSV with
// quotes, are read through once, so that splits begin exactly at records. A
// compressed file or a pipe is one split.

#ifndef LINEUP_COMMON_DATA_SPLIT_PLANNER_H_
#define LINEUP_COMMON_DATA_SPLIT_PLANNER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/data/file_layout.h"
#include "common/data/file_probe.h"
#include "common/data/split.h"

namespace lineup {

// `file`: its index. Also decides whether the records of a CSV file may have
// several lines (layout->multiline).
absl::StatusOr<std::vector<Split>> PlanSplits(const FileProbe& probe,
                                              uint32_t file,
                                              uint64_t split_bytes,
                                              FileLayout* layout);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_SPLIT_PLANNER_H_
