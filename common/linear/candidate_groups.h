// Candidates that have trained the same model so far.
//
// Two candidates whose settings differ in the schedule's minimum alone have the
// same weights, to the bit, until the learning rate first reaches the higher
// minimum. So do two of equal settings, for ever. Until then one of them is
// trained for both: of the Linear Learner's 32 candidates 16, for the first
// 3,900 updates.
//
// Thread safety: immutable after construction.

#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_GROUPS_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_GROUPS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/linear/candidate.h"
#include "common/linear/lineup_columns.h"

namespace lineup {

class CandidateGroups {
 public:
  CandidateGroups() = default;
  // As they are after update number `update`; before the first: 0.
  CandidateGroups(const LineupColumns& columns, int64_t update);
  // Each candidate a group of its own, for ever.
  static CandidateGroups Apart(const LineupColumns& columns);

  // The positions, ascending, of the first candidate of each group.
  const std::vector<size_t>& first_of_group() const { return first_of_group_; }
  size_t size() const { return first_of_group_.size(); }
  // The group of the candidate at a position.
  size_t group_of(size_t candidate) const { return group_of_[candidate]; }
  // By candidate, what `of_groups` says by group.
  template <typename T>
  std::vector<T> ByCandidate(const std::vector<T>& of_groups) const {
    std::vector<T> all;
    all.reserve(group_of_.size());
    for (const size_t group : group_of_) all.push_back(of_groups[group]);
    return all;
  }
  // Up to this update, it included, the groups stay what they are.
  int64_t same_until() const { return same_until_; }

 private:
  std::vector<size_t> first_of_group_;
  std::vector<size_t> group_of_;
  int64_t same_until_ = kNeverDiffer;
};

// The groups of a lineup from its first update to the last. How many there are
// says which are meant: groups are only ever told apart.
class CandidateGroupings {
 public:
  CandidateGroupings() = default;
  explicit CandidateGroupings(const LineupColumns& columns);

  // As they are after an update; before the first: 0.
  const CandidateGroups& After(int64_t update) const;
  // By size; the last one has each candidate alone.
  const std::vector<CandidateGroups>& all() const { return all_; }
  // Where in all() those are of which there are so many. Nullopt: at no time
  // there are. 0: each candidate is its own.
  std::optional<size_t> IndexOf(uint32_t num_groups) const;
  // The same; null: there are none.
  const CandidateGroups* OfSize(uint32_t num_groups) const {
    const std::optional<size_t> index = IndexOf(num_groups);
    return index.has_value() ? &all_[*index] : nullptr;
  }

 private:
  std::vector<CandidateGroups> all_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_GROUPS_H_
