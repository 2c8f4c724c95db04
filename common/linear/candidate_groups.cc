#include "common/linear/candidate_groups.h"

#include <algorithm>

namespace lineup {

CandidateGroups::CandidateGroups(const LineupColumns& columns, int64_t update) {
  const std::vector<Candidate>& candidates = columns.candidates();
  for (size_t c = 0; c < candidates.size(); ++c) {
    size_t group = 0;
    for (; group < first_of_group_.size(); ++group) {
      const int64_t same =
          SameUntil(candidates[first_of_group_[group]], candidates[c]);
      if (same == 0 || same < update) continue;
      same_until_ = std::min(same_until_, same);
      break;
    }
    if (group == first_of_group_.size()) first_of_group_.push_back(c);
    group_of_.push_back(group);
  }
}

CandidateGroups CandidateGroups::Apart(const LineupColumns& columns) {
  CandidateGroups groups;
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    groups.first_of_group_.push_back(c);
    groups.group_of_.push_back(c);
  }
  return groups;
}

CandidateGroupings::CandidateGroupings(const LineupColumns& columns) {
  int64_t update = 0;
  for (;;) {
    all_.emplace_back(columns, update);
    if (all_.back().same_until() == kNeverDiffer) break;
    update = all_.back().same_until() + 1;
  }
  if (all_.back().size() < columns.num_candidates()) {
    all_.push_back(CandidateGroups::Apart(columns));
  }
}

const CandidateGroups& CandidateGroupings::After(int64_t update) const {
  for (const CandidateGroups& groups : all_) {
    if (groups.same_until() >= update) return groups;
  }
  return all_.back();
}

std::optional<size_t> CandidateGroupings::IndexOf(uint32_t num_groups) const {
  if (num_groups == 0) return all_.size() - 1;
  for (size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].size() == num_groups) return i;
  }
  return std::nullopt;
}

}  // namespace lineup
