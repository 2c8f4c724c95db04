#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_GROUPS_TESTING_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_GROUPS_TESTING_H_

// For tests: a lineup whose candidates come to differ.

#include <utility>
#include <vector>

#include "common/linear/candidate.h"
#include "common/linear/lineup_columns.h"

namespace lineup {

// Pairs of candidates, 2 i and 2 i + 1, that are the same until the third
// update.
inline LineupColumns PairsOfCandidates(int pairs = 3, size_t outputs = 2) {
  std::vector<Candidate> candidates(2 * pairs);
  for (int i = 0; i < 2 * pairs; ++i) {
    Candidate& c = candidates[i];
    c.index = i;
    c.wd = 0.01 * (i / 2);
    c.learning_rate = c.schedule.learning_rate = 0.1;
    c.schedule.type = ScheduleType::kStep;
    c.schedule.factor = 0.5;
    c.schedule.minimum = i % 2 == 0 ? 0.03 : 0.001;
  }
  return LineupColumns(std::move(candidates), outputs);
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_GROUPS_TESTING_H_
