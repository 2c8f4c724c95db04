#include "common/checkpoint/training_clocks.h"

#include <algorithm>

namespace lineup {

absl::Status CheckSameClocks(const v1::TrainingClocks& a,
                             const v1::TrainingClocks& b) {
  const bool same =
      a.epoch() == b.epoch() && a.num_updates() == b.num_updates() &&
      std::equal(a.lanes().begin(), a.lanes().end(), b.lanes().begin(),
                 b.lanes().end(), [](const auto& x, const auto& y) {
                   return x.clock() == y.clock() &&
                          x.finished() == y.finished();
                 });
  if (same) return absl::OkStatus();
  return absl::InternalError(
      "servers stand at different clocks; this is a bug in Lineup");
}

}  // namespace lineup
