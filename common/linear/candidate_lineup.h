// The lineup: which candidates a job trains side by side.
//
// Every candidate-varying hyperparameter contributes its given values or, on
// `auto`, those of the built-in grid of its optimizer; the lineup is their
// product, without the combinations that would train the same model twice.
// With everything on auto that is the Linear Learner's own hidden grid of 32
// in its own order (index bits b4 b3: wd, b2: learning_rate, b1:
// lr_scheduler_minimum_lr, b0: lr_scheduler_step), which was worked out from
// Amazon's training logs.
//
//   num_models        fewer than the grid has: its first ones (refused where
//                     that would drop values from an explicit list); more:
//                     the rest are drawn at random near those of the grid
//   candidate_sample  N candidates drawn at random instead of the grid, in the
//                     ranges that Amazon documents for tuning
//
// Random draws depend on the seed alone, and candidate i of a longer sample is
// candidate i of a shorter one.

#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_LINEUP_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_LINEUP_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/linear/candidate.h"
#include "common/linear/hyperparameters.h"

namespace lineup {

// A lineup may not be larger; every candidate costs memory on each feature.
inline constexpr int kMaxCandidates = 1024;

// Candidates with indices 0, 1, …; at least one. `hyperparameters` must come
// from ParseHyperparameters. InvalidArgument if they ask for too many.
absl::StatusOr<std::vector<Candidate>> MakeLineup(
    const Hyperparameters& hyperparameters);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_LINEUP_H_
