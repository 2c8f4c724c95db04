#ifndef LINEUP_COMMON_CHECKPOINT_TRAINING_CLOCKS_H_
#define LINEUP_COMMON_CHECKPOINT_TRAINING_CLOCKS_H_

// Whether two servers stand at the same clocks. Pure.

#include "absl/status/status.h"
#include "proto/checkpoint.pb.h"

namespace lineup {

// Sums of losses are added in the order of arrival, so they may differ in the
// last bits and are not compared. INTERNAL if the clocks differ.
absl::Status CheckSameClocks(const v1::TrainingClocks& a,
                             const v1::TrainingClocks& b);

}  // namespace lineup

#endif  // LINEUP_COMMON_CHECKPOINT_TRAINING_CLOCKS_H_
