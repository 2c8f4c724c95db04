// The course of a job's checkpoints, one at a time:
//
//   kIdle
//   kStopping   lanes come to stand (coordinator/barrier.h), unless none runs
//   kCopying    servers copy their rows in memory; then lanes run on
//   kWriting    servers write their copies to files
//   kCompleting the owner writes the manifest and reads everything back
//
// A checkpoint that fails is given up, and its error told; the job goes on, and
// what is on disk from the checkpoints before stays.
//
// A state machine: reports in, orders out. Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_CHECKPOINTER_H_
#define LINEUP_COORDINATOR_CHECKPOINTER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "coordinator/barrier.h"
#include "proto/checkpoint.pb.h"
#include "proto/node.pb.h"

namespace lineup {

class Checkpointer {
 public:
  enum class State { kIdle, kStopping, kCopying, kWriting, kCompleting };
  // What an update has brought about.
  enum class Event {
    kNone,
    // All servers have copied; before the lanes run on, the owner notes the
    // job's state in manifest().
    kCopied,
    kWritten,  // the manifest is to be written
    kFailed    // error() says why; the checkpoint's directory can go
  };

  // The barrier is the job's, used by one at a time; it outlives this.
  explicit Checkpointer(Barrier* barrier) : barrier_(*barrier) {}

  // Begins checkpoint `number`, to be in `path`; `lanes_run`: within an epoch.
  // Only when idle.
  void Begin(uint64_t number, std::string path, bool lanes_run);

  // Takes in the newest reports of all servers, in their order. To be called
  // until it says kNone.
  Event Update(absl::Span<const v1::ServerReport* const> reports);

  // The manifest was written and all was read back, or not.
  void Completed() { state_ = State::kIdle; }

  // Gives up what is under way: servers are lost or the job ends.
  void Abandon();

  State state() const { return state_; }
  bool idle() const { return state_ == State::kIdle; }
  // Whether what is copied must not change: lanes that have stopped must not
  // run, an epoch must not begin.
  bool holds_lanes() const {
    return state_ == State::kStopping || state_ == State::kCopying;
  }
  uint64_t number() const { return number_; }
  const absl::Status& error() const { return error_; }
  v1::CheckpointManifest& manifest() { return manifest_; }

  void AddOrders(size_t server, size_t num_servers,
                 v1::ServerOrders* orders) const;

 private:
  Event Fail(absl::Status error);
  Event UpdateCopying(absl::Span<const v1::ServerReport* const> reports);
  Event UpdateWriting(absl::Span<const v1::ServerReport* const> reports);

  Barrier& barrier_;
  State state_ = State::kIdle;
  uint64_t number_ = 0;
  std::string path_;
  absl::Status error_;
  v1::CheckpointManifest manifest_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_CHECKPOINTER_H_
