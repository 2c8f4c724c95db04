// How a dataset is to be read: the schema, and the layout and splits of each
// file. Made once, when it is opened, from the beginnings of the files.

#ifndef LINEUP_COMMON_DATA_DATASET_PLAN_H_
#define LINEUP_COMMON_DATA_DATASET_PLAN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/data/data_file.h"
#include "common/data/file_layout.h"
#include "common/data/schema.h"
#include "common/data/split.h"

namespace lineup {

struct DatasetPlan {
  Schema schema;
  LabelDomain label_domain;
  std::vector<DataFile> files;
  std::vector<std::string> paths;   // of the files
  std::vector<FileLayout> layouts;  // of the files
  std::vector<Split> splits;
  double estimated_examples = 0;
};

// For Dataset::Open.
absl::StatusOr<DatasetPlan> PlanDataset(absl::Span<const std::string> paths,
                                        const DataOptions& options);

// For Dataset::OpenLike.
absl::StatusOr<DatasetPlan> PlanDatasetLike(const Schema& schema,
                                            absl::Span<const std::string> paths,
                                            const DataOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_DATASET_PLAN_H_
