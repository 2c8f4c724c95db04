// The course of a move of a job's slots from one set of servers to another:
//
//   kIdle
//   kStopping  lanes come to stand (coordinator/barrier.h), unless none runs
//   kTaking    each server to come takes what it lacks from those that have it
//   kOpening   the new placement is the job's; servers open the job under it
//   kResuming  lanes run again, and are waited for
//
// Until kOpening nothing is lost by giving up: the servers before still have
// all and go on. From then on the servers to come have all.
//
// A state machine: reports in, orders out, both in any order and any number of
// times. Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_SLOT_MOVER_H_
#define LINEUP_COORDINATOR_SLOT_MOVER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "coordinator/barrier.h"
#include "coordinator/slot_placement.h"
#include "proto/journal.pb.h"
#include "proto/node.pb.h"

namespace lineup {

class SlotMover {
 public:
  enum class State { kIdle, kStopping, kTaking, kOpening, kResuming };
  enum class Event {
    kNone,
    kTaken,  // all servers have what they need: Open() is next
    kFailed  // error() says why; the placement stays what it was
  };

  // The barrier is the job's, used by one at a time; it outlives this.
  explicit SlotMover(Barrier* barrier) : barrier_(*barrier) {}

  // Begins a move from `servers` with `routing`; `lanes_run`: within an epoch.
  // Only when idle.
  void Begin(std::vector<JobServer> servers, const v1::Routing& routing,
             SlotMove move, bool lanes_run, absl::Time now);

  // What a server of either placement says of the move.
  void OnReport(const std::string& node, const v1::MoveReport& report);
  // Takes in the newest reports of all servers of the placement before.
  Event Update(absl::Span<const v1::ServerReport* const> reports);

  // The new placement is the job's; then its servers have opened it, and lanes
  // are given out again; then they all run.
  void Open();
  void Resume() { state_ = State::kResuming; }
  void End() { state_ = State::kIdle; }

  // Gives up what is under way, or forgets a move that is over: its placement
  // is the job's no more.
  void Abandon();

  State state() const { return state_; }
  bool idle() const { return state_ == State::kIdle; }
  // Whether the placement before still is the job's.
  bool preparing() const {
    return state_ == State::kStopping || state_ == State::kTaking;
  }
  bool lanes_ran() const { return lanes_run_; }
  const absl::Status& error() const { return error_; }
  const SlotMove& move() const { return move_; }
  absl::Time began() const { return began_; }
  // Where lanes stood.
  const std::vector<v1::ServerLane>& lanes() const { return lanes_; }
  uint64_t bytes_taken() const;
  // The servers to come that have not taken all yet.
  std::vector<std::string> WaitsFor() const;

  // Whether the server is one of those to come.
  bool HasTarget(const std::string& node) const;
  // What the server is to do; also when the move is over, for as long as its
  // placement is the job's.
  void AddOrders(const std::string& node, v1::ServerOrders* orders) const;

  // What of a move must outlive the coordinator's process, so that its orders
  // do: that it brought about the placement of `run`, or the one that replicas
  // have taken over in since. One that is under way comes to nothing with the
  // process.
  void Fill(v1::JournalRun* run) const;
  void Take(const v1::JournalRun& run);

 private:
  Event Fail(absl::Status error);

  Barrier& barrier_;
  State state_ = State::kIdle;
  std::vector<JobServer> from_;
  v1::Routing from_routing_;
  SlotMove move_;  // without servers: there is none to tell of
  bool lanes_run_ = false;
  absl::Time began_;
  absl::Status error_;
  std::vector<v1::ServerLane> lanes_;
  std::map<std::string, v1::MoveReport> reports_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_SLOT_MOVER_H_
