#include "common/checkpoint/training_clocks.h"

#include <algorithm>

namespace lineup {

bool SameClocks(const v1::TrainingClocks& a, const v1::TrainingClocks& b) {
  return a.epoch() == b.epoch() && a.num_updates() == b.num_updates() &&
         std::equal(a.lanes().begin(), a.lanes().end(), b.lanes().begin(),
                    b.lanes().end(), [](const auto& x, const auto& y) {
                      return x.clock() == y.clock() &&
                             x.finished() == y.finished();
                    });
}

}  // namespace lineup
