// How a job evaluates its candidates, and the one that it keeps: the same on
// every worker and for whoever merges their statistics.

#ifndef LINEUP_COMMON_JOB_JOB_EVALUATION_H_
#define LINEUP_COMMON_JOB_JOB_EVALUATION_H_

#include "common/job/job_plan.h"
#include "common/job/training_setup.h"
#include "common/linear/lineup_evaluation.h"

namespace lineup {

// Of all candidates.
inline EvaluationSettings LineupSettings(const JobPlan& plan,
                                         const TrainingSetup& setup) {
  EvaluationSettings settings = EvaluationSettingsOf(plan.hyperparameters());
  settings.label_scale = setup.normalizer.label_scale();
  settings.class_weights.assign(setup.class_weights.begin(),
                                setup.class_weights.end());
  return settings;
}

// Of one candidate, of which more scores can be kept: 64 MiB.
inline EvaluationSettings KeptSettings(const JobPlan& plan,
                                       const TrainingSetup& setup) {
  EvaluationSettings settings = LineupSettings(plan, setup);
  settings.exact_examples = uint64_t{1} << 24;
  return settings;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_JOB_EVALUATION_H_
