// Everything that training needs and that the sample decides: the
// normalisation, the weights of classes, and the candidates with nothing left
// open. A pure function of plan and sample.
//
// Thread safety: immutable after construction.

#ifndef LINEUP_COMMON_JOB_TRAINING_SETUP_H_
#define LINEUP_COMMON_JOB_TRAINING_SETUP_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/job/job_plan.h"
#include "common/job/sample_statistics.h"
#include "common/linear/candidate_groups.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/normalizer.h"

namespace lineup {

struct TrainingSetup {
  Normalizer normalizer;
  // Multiclass with balance_multiclass_weights: one a class; otherwise empty.
  std::vector<float> class_weights;
  LineupColumns columns;
  CandidateGroupings groupings;  // of the columns
};

// `num_examples`: training examples in all, 0 if they were not counted.
absl::StatusOr<TrainingSetup> MakeTrainingSetup(const JobPlan& plan,
                                                const SampleStatistics& sample,
                                                uint64_t num_examples);

// Whether a schedule of the lineup depends on the number of examples.
bool NeedsExampleCount(const JobPlan& plan);

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_TRAINING_SETUP_H_
