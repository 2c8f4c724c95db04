#ifndef LINEUP_SERVER_SERVED_JOB_H_
#define LINEUP_SERVER_SERVED_JOB_H_

// One job on one parameter server: its shard behind a lock, and between the
// wire and the shard what calls need: checks, parts put together, rows
// repacked. No gRPC in here (server/parameter_service.h).
//
// Thread safety: all of it. Answers are given by the thread whose call made
// them possible, without locks held.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/linear/epoch_loss.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/owned_rows.h"
#include "common/linear/packed_columns.h"
#include "proto/node.pb.h"
#include "proto/parameter_server.pb.h"
#include "server/call_reader.h"
#include "server/lane_call.h"
#include "server/lane_step.h"
#include "server/part_collector.h"
#include "server/shard.h"
#include "server/shard_snapshot.h"

namespace lineup {

struct ServedJobOptions {
  std::string job;
  LineupColumns columns;
  ShardOptions shard;
  // The slots on this server, and the number of that placement.
  OwnedRows owned = OwnedRows::All();
  uint64_t routing_epoch = 0;
  // Rows are below this; 0: not known.
  uint32_t max_rows = 0;
  // It is kept as a replica of another server's slots.
  bool replica = false;
  // Calls are refused, before anything is created, if the weights would take
  // more, together with those of others that share `weight_bytes`; 0: no limit.
  uint64_t max_weight_bytes = 0;
  // What all of them take once candidates that share columns are told apart;
  // null: there are no others.
  std::shared_ptr<std::atomic<uint64_t>> weight_bytes;
  // What one call, all its parts together, may bring, and what it may ask for.
  size_t max_call_bytes = size_t{1} << 30;
  // Calls that come in parts, of all lanes together, may hold this much until
  // they are complete. Less than the server takes of messages altogether.
  size_t max_held_bytes = size_t{1} << 30;
  // Where checkpoints are read.
  FileSystem* files = RealFileSystem();
  // Called, without locks held, when every lane has finished an epoch, stands
  // at a barrier, or when lanes run again after a move of slots.
  std::function<void()> news;
};

// Some rows of some slots, on their way to another server.
struct SlotPiece {
  v1::ReadSlotsResponse head;  // all but the rows
  std::shared_ptr<const std::string> rows;
};

// What a job is made of, whatever its placement.
struct ServedJobState {
  ShardClocks clocks;
  WeightStore store;
  ShardCounters counters;
  std::vector<v1::ServedJob::Epoch> past_epochs;
};

class ServedJob {
 public:
  // `pool` must outlive it.
  ServedJob(ServedJobOptions options, ThreadPool* pool);
  ~ServedJob();

  const std::string& job() const { return options_.job; }

  // Pull, Push, or both. call.done may be called later, or before it returns.
  void Run(LaneCall call);

  absl::Status FinishLane(LaneClock at, uint64_t routing_epoch);

  absl::StatusOr<EncodedWeights> Peek(const RowsCall& call);

  // Only before the first epoch.
  absl::Status SetWeights(const RowsCall& call, const PayloadView& weights);

  // As Shard's.
  absl::Status BeginEpoch(int64_t epoch, uint64_t base_clock);

  // Follows the orders' barrier; null: there is none. Following the same orders
  // again changes nothing. INVALID_ARGUMENT if they do not fit the job.
  absl::Status FollowBarrier(const v1::BarrierOrder* order);
  // How the newest barrier is getting on.
  v1::BarrierReport Barrier() const;

  // A copy of the job as it stands, at a barrier or between epochs;
  // FAILED_PRECONDITION if it does not.
  absl::StatusOr<std::shared_ptr<const ShardSnapshot>> Snapshot();
  // Before anything else is done with the job: makes it what a checkpoint has.
  absl::Status Restore(const v1::RestoreOrder& order);

  // Moving slots (served_job_moves.cc). Rows of slots that are here, while the
  // lanes stand; FAILED_PRECONDITION if they do not.
  absl::StatusOr<SlotPiece> ReadSlots(const v1::ReadSlotsRequest& request);
  // Ends the job, as Close() does, and gives what it was, so that it goes on
  // under another placement. FAILED_PRECONDITION if its lanes do not stand.
  absl::StatusOr<ServedJobState> TakeState();
  // Before anything else is done with the job: makes it what it was under
  // another placement. Of the state's rows those whose slots are here stay;
  // such of `taken`, if it is not null, are added.
  absl::Status Adopt(ServedJobState state, const WeightStore* taken);

  const OwnedRows& owned() const { return options_.owned; }
  uint64_t routing_epoch() const { return routing_epoch_; }
  // From now on only calls under this number are taken; all else stays as it
  // is. Calls that wait go on to do so: their lanes have new holders, whose
  // calls take their place.
  void SetRoutingEpoch(uint64_t epoch);
  int64_t epoch() const;
  // Whether lanes run under this placement: every one that has not finished its
  // epoch has called, or, where they do not wait for one another, any.
  bool LanesCalled() const;

  // Everything that monitoring and the coordinator want to know.
  v1::ServedJob Status() const;

  // Ends every call that waits, and refuses all further ones.
  void Close();

 private:
  bool LanesCalledLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckRouting(uint64_t routing_epoch) const;
  absl::Status CheckCall(LaneClock at, uint64_t routing_epoch) const;

  void RunStep(const std::shared_ptr<LaneStep>& step);
  absl::Status PushLocked(LaneStep& step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status RunUpTo(const v1::BarrierOrder& order)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PullLocked(const std::shared_ptr<LaneStep>& step)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether there is memory for these rows, be they new.
  absl::Status CheckRoom(const RowSet& rows) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Notes that the weights take so much, for others that share the memory.
  void CountBytes(uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishLocked(std::shared_ptr<LaneStep> step, absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Answers what has been finished; to be called without the lock.
  void AnswerFinished();
  static void EndCalls(std::vector<PartCollector::Ended> ended);

  const ServedJobOptions options_;
  std::atomic<uint64_t> routing_epoch_;
  ThreadPool& pool_;
  const PackedGroups columns_;
  const PackedColumns candidate_columns_;  // of one candidate alone
  CallReader reader_;

  Mutex parts_mutex_;
  PartCollector parts_ ABSL_GUARDED_BY(parts_mutex_);

  mutable Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t counted_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  Shard shard_ ABSL_GUARDED_BY(mutex_);
  // By lane, the step whose pull waits in the shard.
  std::vector<std::shared_ptr<LaneStep>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<LaneStep>> finished_ ABSL_GUARDED_BY(mutex_);
  bool epoch_done_reported_ ABSL_GUARDED_BY(mutex_) = true;
  v1::BarrierOrder barrier_ ABSL_GUARDED_BY(mutex_);  // number 0: none
  bool standing_reported_ ABSL_GUARDED_BY(mutex_) = true;
  bool lanes_called_reported_ ABSL_GUARDED_BY(mutex_) = true;
  // Of epochs before the current one.
  std::vector<v1::ServedJob::Epoch> past_epochs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVED_JOB_H_
