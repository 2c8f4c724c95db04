// A race among the candidates of a lineup: successive halving (K. Jamieson, A.
// Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
// Optimization", 2016). Few epochs tell most of the losers, and a candidate
// that is dropped costs nothing from then on.
//
// Rungs stand after first_rung, first_rung * eta, first_rung * eta^2, ...
// epochs. At each the best 1 / eta of the candidates, rounded up, go on to the
// next, so that every stage between rungs costs about the same:
//
//   eta 2, first_rung 1, 32 candidates, 15 epochs:
//   32 train for epoch 1, 16 for epoch 2, 8 for 3-4, 4 for 5-8, 2 for 9-15
//
// The best candidate is never dropped. Those that have diverged are the first
// to go.
//
// How many go on depends on the number of epochs alone, not on what was decided
// before: a job that starts again from a checkpoint decides as it would have.
//
// Thread safety: plain values and pure functions.

#ifndef LINEUP_COMMON_LINEAR_RACING_H_
#define LINEUP_COMMON_LINEAR_RACING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/early_stopping.h"
#include "common/linear/standing.h"

namespace lineup {

// Of the whole job.
struct RacingOptions {
  double eta = 1;             // 1: no race; otherwise above 1
  int64_t first_rung = 1;     // epochs before the first decision, at least 1
  size_t min_candidates = 1;  // this many are never gone below; at least 1
};

// How many of `lineup_size` candidates train on after `epochs` epochs.
size_t RaceSize(const RacingOptions& options, size_t lineup_size,
                int64_t epochs);

// The positions, ascending, of the candidates that train on: all, if there is
// no rung after `epochs` epochs (the first epoch done: 1). `standings` are
// those of the candidates still in the race, of `lineup_size` at the start; of
// equally good ones the first goes on.
std::vector<size_t> StayInRace(const RacingOptions& options, size_t lineup_size,
                               int64_t epochs, Goal goal,
                               absl::Span<const Standing> standings);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_RACING_H_
