// What happens to every block of parsed examples once, before it is kept:
// labels become what the losses expect (a binary classifier's -1/+1 and 0/1
// become 0/1), held-out examples are separated, everything is normalised.
//
// Thread safety: immutable; Apply may run in parallel.

#ifndef LINEUP_COMMON_JOB_EXAMPLE_TRANSFORM_H_
#define LINEUP_COMMON_JOB_EXAMPLE_TRANSFORM_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "common/data/bad_records.h"
#include "common/data/dataset.h"
#include "common/data/examples.h"
#include "common/job/job_plan.h"
#include "common/linear/normalizer.h"

namespace lineup {

// Which of the examples are wanted.
enum class TrainingPart {
  kAll,     // validation and test files
  kTrain,   // training files without what is held out
  kHeldOut  // only that (--validation-fraction)
};

// Classes that labels are counted in; 0 for a regressor.
size_t NumClasses(const Hyperparameters& hyperparameters);

class ExampleTransform {
 public:
  // Without normalisation; `normalizer`, if any, must outlive the transform.
  ExampleTransform(const JobPlan& plan, TrainingPart part,
                   const Normalizer* normalizer = nullptr);

  // `first_record`: records in the split before the block.
  absl::Status Apply(size_t split, uint64_t first_record,
                     Examples* examples) const;

  // Reads a split of `data` and hands its blocks, transformed, to `sink`; as
  // Dataset::ReadSplit.
  absl::Status Read(
      const Dataset& data, size_t split, const Dataset::Sink& sink,
      BadRecords* bad,
      size_t max_block_examples = Dataset::kMaxBlockExamples) const;

 private:
  PredictorType predictor_type_;
  TrainingPart part_;
  double validation_fraction_;
  uint64_t seed_;
  const Normalizer* normalizer_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_EXAMPLE_TRANSFORM_H_
