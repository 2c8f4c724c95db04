// Who holds which lane in an epoch, and, where lanes are not synchronised,
// which splits each lane has been given.
//
// Lanes are shared evenly among workers. A lane changes hands in three ways:
// its worker vanishes (the lane is free at once), or hands it back because a
// newcomer shall have it or because it leaves (the lane is free once the
// worker's report no longer names it). Each holder gets a new term, by which
// servers tell it from the holders before.
//
// A worker learns what it shall hold from orders whose version grows with each
// change. A report tells the version of the orders it follows, so a report
// made before the worker knew of a lane does not count as handing it back.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_LANE_TABLE_H_
#define LINEUP_COORDINATOR_LANE_TABLE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "coordinator/split_readers.h"
#include "proto/checkpoint.pb.h"
#include "proto/node.pb.h"

namespace lineup {

class LaneTable {
 public:
  struct Lane {
    std::string holder;  // node id; empty: free
    uint64_t term = 0;
    // The holder shall give the lane back: it has when it reports orders newer
    // than these and does not name the lane.
    bool withdrawn = false;
    uint64_t withdrawn_at = 0;
    bool finished = false;
    // As last reported.
    uint64_t clock = 0;
    uint64_t examples = 0;
    std::string why_waiting;
    // Unsynchronised jobs: what the lane reads, in order.
    std::vector<uint32_t> splits;
    bool closed = false;
  };

  // A worker that may hold lanes or, if it leaves, hands back those it has.
  struct Worker {
    std::string id;
    uint64_t orders_version = 0;  // of the newest orders made for it
    bool leaves = false;
  };

  // A split that a lane was given.
  struct Given {
    uint32_t lane = 0;
    uint32_t split = 0;
  };
  // What has come about since it was last asked for: all that was given before
  // is void, if `begun`, and then there are those.
  struct Changes {
    bool begun = false;
    std::vector<Given> given;
  };

  // `readers` must outlive the table. Terms are above `last_term`.
  LaneTable(uint32_t num_lanes, SplitReaders* readers, uint64_t last_term = 0)
      : readers_(*readers), lanes_(num_lanes), last_term_(last_term) {}

  // Starts an epoch: no lane has finished. `splits` are handed out one by one
  // to lanes that need one, those first that the lane's holder has read before
  // and may still have in memory; empty if the lanes' plan is fixed.
  void BeginEpoch(std::deque<uint32_t> splits, bool fixed_plan);

  // Goes on within an epoch, from what Splits() said and where lanes stood.
  void ContinueEpoch(const v1::LaneSplits& splits,
                     const v1::TrainingClocks& clocks, bool fixed_plan);
  // What is to be remembered of the epoch.
  v1::LaneSplits Splits() const;
  // The same bit by bit, to be written down before orders are given.
  Changes TakeChanges() { return std::exchange(changes_, {}); }

  // The epoch goes on with other servers, from where lanes stand on them: those
  // that have not finished stay with their holders, who must begin again and
  // get new terms.
  // `workers`: those that may hold lanes; lanes of others, or of such as leave,
  // are free.
  void Reopen(absl::Span<const v1::ServerLane> lanes,
              absl::Span<const Worker> workers);

  // Nobody holds a lane, and none is given out before an epoch begins.
  void Reset();

  // Gives free lanes to workers that stay, and withdraws lanes of those who
  // have too many or leave.
  void Balance(absl::Span<const Worker> workers);

  // All lanes are withdrawn and not given out again before the next epoch.
  void Halt(absl::Span<const Worker> workers);

  // Takes in what a worker reports of its lanes. Reports of older terms are
  // passed over.
  void OnReport(const std::string& worker, uint64_t orders_version,
                const v1::WorkerReport& report, int64_t epoch);
  // The worker is gone.
  void OnGone(const std::string& worker);
  // A lane could not be computed by its holder, another one may try.
  void Free(uint32_t lane);

  bool all_finished() const;
  bool any_held() const;
  const std::vector<Lane>& lanes() const { return lanes_; }

  // What a worker shall hold.
  void AddOrders(const std::string& worker, v1::WorkerOrders* orders) const;

 private:
  // `waits`: the lane has used up what it was given. Only then it gets what
  // another worker has read before: parsing it again takes longer than that
  // worker will need, unless it is far behind.
  void GiveSplits(Lane* lane, uint64_t windows_opened, bool waits);
  void Give(Lane* lane, uint32_t split);
  static void Withdraw(Lane* lane, absl::Span<const Worker> workers);
  // The unread split that is best read by this worker; the end if none is.
  std::deque<uint32_t>::iterator SplitFor(const std::string& worker,
                                          bool waits);

  SplitReaders& readers_;
  std::vector<Lane> lanes_;
  std::deque<uint32_t> unread_;
  bool fixed_plan_ = true;
  bool halted_ = true;
  uint64_t last_term_;
  Changes changes_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_LANE_TABLE_H_
