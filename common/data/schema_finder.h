// Finds what several files have in common: their format, and the schema that
// they show.

#ifndef LINEUP_COMMON_DATA_SCHEMA_FINDER_H_
#define LINEUP_COMMON_DATA_SCHEMA_FINDER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/data/file_probe.h"
#include "common/data/schema.h"

namespace lineup {

// Makes sure that all files have one format, and settles it for those that
// leave it open: as the others are, or else `otherwise`.
absl::Status SettleFormat(FileFormat otherwise, std::vector<FileProbe>* probes);

// What the first feature of LIBSVM files is called: 0 if any of them shows
// that id, otherwise 1.
int FindFirstId(const std::vector<FileProbe>& probes);

// An error, which names the file, if `feature_dim` is given and differs from
// the number of features found.
absl::Status CheckFeatureDim(const FileProbe& probe, uint32_t found,
                             const absl::optional<uint32_t>& feature_dim);

// The schema of files of one format, by what the user says and they show.
absl::StatusOr<Schema> FindSchema(const std::vector<FileProbe>& probes,
                                  const DataOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_SCHEMA_FINDER_H_
