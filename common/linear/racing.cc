#include "common/linear/racing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "glog/logging.h"

namespace lineup {

size_t RaceSize(const RacingOptions& options, size_t lineup_size,
                int64_t epochs) {
  CHECK_GE(options.eta, 1);
  CHECK_GE(options.first_rung, 1);
  CHECK_GE(options.min_candidates, 1u);
  if (options.eta == 1) return lineup_size;
  double share = 1;  // eta for each rung passed
  for (double rung = options.first_rung; rung <= epochs && share < lineup_size;
       rung *= options.eta) {
    share *= options.eta;
  }
  const size_t stay = static_cast<size_t>(std::ceil(lineup_size / share));
  return std::min(lineup_size, std::max(stay, options.min_candidates));
}

std::vector<size_t> StayInRace(const RacingOptions& options, size_t lineup_size,
                               int64_t epochs, Goal goal,
                               absl::Span<const Standing> standings) {
  std::vector<size_t> positions(standings.size());
  std::iota(positions.begin(), positions.end(), size_t{0});
  const size_t size = RaceSize(options, lineup_size, epochs);
  if (positions.size() <= size) return positions;
  std::stable_sort(positions.begin(), positions.end(), [&](size_t a, size_t b) {
    return IsBetter(goal, standings[a], standings[b]);
  });
  positions.resize(size);
  std::sort(positions.begin(), positions.end());
  return positions;
}

}  // namespace lineup
