// What a lineup varies: for one optimizer, an axis for each hyperparameter
// that matters to it, with the values given or, on `auto`, those of the
// built-in grid. For candidate_lineup.cc alone.
//
// The grid of adam is the Linear Learner's (candidate_lineup.h). Those of the
// others follow its plan, 32 candidates each, with ranges of their own:
//   sgd      learning_rate .002 .01 .05 .2, wd 1e-4 1e-2: the rate matters
//            most, and a large wd would diverge; then as adam
//   rmsprop  as adam, with learning_rate .001 .01, for its early steps are not
//            corrected downwards
//   adagrad  wd as adam, learning_rate .05 .5, l1 0 1e-5 1e-4 1e-3; its rates
//            fall by themselves, so there is no schedule to vary
//   ftrl     wd .01 .1 1 10, learning_rate .05 .5, l1 0 .01 .1 1: its penalties
//            stand against the sum over all updates, hence larger
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_AXES_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_AXES_H_

#include <functional>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/linear/candidate.h"
#include "common/linear/hyperparameters.h"

namespace lineup {

struct CandidateAxis {
  std::string name;
  // One for each value: sets it in a candidate.
  std::vector<std::function<void(Candidate*)>> values;
  // For a random sample: sets a value drawn at random. Consumes a fixed number
  // of random numbers.
  std::function<void(SplitMix64*, Candidate*)> draw;
};

// The optimizers to try.
std::vector<OptimizerType> OptimizersOf(const Hyperparameters& hp);

// The axes for one of them, the slowest-varying first.
std::vector<CandidateAxis> MakeAxes(const Hyperparameters& hp,
                                    OptimizerType optimizer);

// Completes a candidate whose axes are all set: gives fields that do not matter
// to it one value, so that equal models compare equal.
void Settle(const Hyperparameters& hp, Candidate* candidate);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_AXES_H_
