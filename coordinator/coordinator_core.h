// The core of the coordinator: which nodes are there, which jobs wait, which
// one runs, and what every node should be doing. It runs jobs one after the
// other, in the order in which they were submitted.
//
// A state machine without threads, sockets, files or clocks of its own. Work
// that needs them is handed out (TakeWork) and its results told (Planned,
// Acted). What must outlive the process is handed out as records of a journal
// (TakeRecords), to be written before anybody hears of what has changed; from
// them another core goes on where this one was (GoOn):
//  * Nothing rewinds: of the running job see cluster_job.h. Its plan is made
//    anew first; until then nodes are told to ask again.
//  * Nodes that were there keep what they hold, until their lease from the
//    restart on says that they are gone. Something new they are given once they
//    are heard; for the others to be heard, too, that waits for a second, so
//    that lanes go where they were.
//  * The coordinator's id stays the same, and its orders' versions go on above
//    all that were given, so nodes see nothing of it but a pause.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_COORDINATOR_CORE_H_
#define LINEUP_COORDINATOR_COORDINATOR_CORE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/thread_pool.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/job/job_plan.h"
#include "coordinator/cluster_job.h"
#include "coordinator/event_log.h"
#include "coordinator/journal_record.h"
#include "proto/jobs.pb.h"
#include "proto/journal.pb.h"
#include "proto/node.pb.h"

namespace lineup {

class CoordinatorCore {
 public:
  struct Options {
    // Tells this coordinator's orders from another one's.
    uint64_t id = 0;
    // A node that is not heard of for so long is given up.
    absl::Duration lease = absl::Seconds(10);
    // Events that are kept.
    size_t max_events = 10000;
    // Nodes at a time, and jobs that have not ended; more are refused.
    size_t max_nodes = 1024;
    size_t max_queued_jobs = 1000;
    // Jobs that have ended and are still known, the newest.
    size_t max_ended_jobs = 100;
    // As ClusterJob's.
    ThreadPool* pool = nullptr;
  };

  struct Node {
    v1::NodeReport report;  // the newest
    absl::Time last_heard;
    bool heard = true;      // by this process, not only by one before
    bool draining = false;  // asked for by the node or an operator
    v1::NodeOrders orders;  // the newest; its version grows
  };

  // What planning a job gives.
  struct Plan {
    std::unique_ptr<const JobPlan> plan;
    v1::JobSpec spec;  // of a job that goes on: its checkpoint's
    std::optional<WholeCheckpoint> checkpoint;
    uint64_t last_checkpoint = 0;  // the highest number there is
  };

  struct Job {
    std::string id;
    v1::JobSpec spec;
    v1::JobState state = v1::JOB_STATE_QUEUED;
    std::string resume_from;          // a directory with checkpoints, or none
    bool planning = false;            // its plan is being made
    std::optional<Plan> plan;         // until it runs
    std::unique_ptr<ClusterJob> run;  // from then on
    absl::Status error;
    std::string told_waiting;  // what it was last said to wait for
    absl::Time submitted, started, ended;
    // Of one that had ended when this process began: what is remembered.
    std::optional<v1::JournalJob> past;
    // Of one that was running then: its records, until it runs again.
    std::optional<JournalContents> records;
    bool restarting() const { return records.has_value(); }
  };

  // A job's plan is to be made, or, if there is an action, that is to be done.
  struct Work {
    std::string job;
    std::optional<ClusterJob::Action> action;
  };

  explicit CoordinatorCore(const Options& options);

  // Goes on where the core was whose records these are; with none, as a new
  // one. To be called first. DATA_LOSS if no core has left such records.
  absl::Status GoOn(const JournalContents& journal, absl::Time now);
  // What has changed since the last call.
  JournalRecords TakeRecords();

  // A node's report. Its orders are then those of Orders(). Refused: a node of
  // another protocol version (FAILED_PRECONDITION), what is larger than any
  // node's needs (RESOURCE_EXHAUSTED), and a server that says that it is
  // reached where another one is (UNAVAILABLE: the other may be gone soon).
  // Nothing comes of the report of a node that was removed, which may be dead
  // by now, until the node shows that it has Orders() that tell it so; of one
  // that has left, for ever.
  absl::Status OnReport(const v1::NodeReport& report, absl::Time now);
  // Gives up a node, as if its lease had run out.
  void GiveUp(const std::string& node, absl::Time now);
  // Gives up nodes whose lease has run out. To be called about once a second:
  // more than two seconds between calls are a pause of the coordinator's own
  // (its machine is overloaded, or was suspended), in which it heard nobody,
  // and do not count against nodes.
  void Tick(absl::Time now);

  // Also for nodes that have been removed.
  const v1::NodeOrders& Orders(const std::string& node) const;
  // Of the newest of this coordinator's orders that the node has; 0: none.
  uint64_t OrdersVersionOf(const v1::NodeReport& report) const {
    return report.coordinator_id() == id_ ? report.orders_version() : 0;
  }

  // Puts a job at the end of the queue. Its plan is made (and may fail) later.
  // RESOURCE_EXHAUSTED if the queue is full.
  absl::StatusOr<std::string> Submit(v1::JobSpec spec, absl::Time now) {
    return Resume("", std::move(spec), now);
  }
  // The same for a job that goes on from the checkpoints in a directory; of
  // `spec` only what is said in proto/jobs.proto counts.
  absl::StatusOr<std::string> Resume(const std::string& directory,
                                     v1::JobSpec spec, absl::Time now);
  absl::Status TakeCheckpoint(const std::string& job, absl::Time now);
  absl::Status Stop(const std::string& job, bool discard, absl::Time now);
  // FAILED_PRECONDITION if it is the last server of the running job.
  absl::Status Drain(const std::string& node, absl::Time now);

  // Work that nobody has taken yet.
  std::vector<Work> TakeWork();
  void Planned(const std::string& job, absl::StatusOr<Plan> plan,
               absl::Time now);
  // Tells the running job, if it is still this one, what came of an action.
  void Acted(const std::string& job, absl::FunctionRef<void(ClusterJob&)> tell,
             absl::Time now);

  // The job with this id; "" the running one, or else the newest. Null if
  // there is none.
  const Job* FindJob(absl::string_view id) const;
  const std::vector<std::unique_ptr<Job>>& jobs() const { return jobs_; }
  const Job* running() const { return running_; }
  uint64_t id() const { return id_; }
  uint32_t JobsAhead(const std::string& job) const;
  const std::map<std::string, Node>& nodes() const { return nodes_; }
  const EventLog& events() const { return events_; }
  absl::Duration lease() const { return options_.lease; }
  // What a job that does not run yet waits for; empty: nothing.
  std::string WhyWaiting(const Job& job) const;

 private:
  // coordinator_core_journal.cc
  void Summarise(const Job& job, v1::JournalJob* message) const;
  void AddJob(const v1::JournalJob& message, const JournalContents& journal);
  void GoOnRunning(Job* job, Plan plan, absl::Time now);
  bool has_journal() const { return generation_ > 0; }
  // The job or the node is to be written down, if anything is.
  void Changed(const Job& job) {
    if (has_journal()) changed_jobs_.insert(job.id);
  }
  void Changed(const std::string& node) {
    if (has_journal()) changed_nodes_.insert(node);
  }
  bool restarting() const;

  Job* Find(absl::string_view id);
  absl::Status CheckReport(const v1::NodeReport& report) const;
  absl::Status CheckDrain(const std::string& node) const;
  void ForgetOldJobs();
  void ForgiveOwnPause(absl::Time now);
  // Starts the next job if it can run, ends the running one if it has ended,
  // and makes everybody's orders anew.
  void Update(absl::Time now);
  void StartNext(absl::Time now);
  ClusterJob::Options OptionsOf(const Job& job, Plan plan) const;
  ClusterJob::Tell TellOf(const std::string& job);
  void FailPlanned(Job* job, absl::Status why, absl::Time now);
  // Of orders, terms and tasks of this process, all numbers are above.
  uint64_t LastNumber() const { return generation_ << 32; }
  void EndRunning(absl::Time now);
  absl::Status CheckAddress(const v1::NodeReport& report, absl::Time now) const;
  // Whether a node that was removed has made this report before it heard so.
  bool IsLate(const v1::NodeReport& report) const;
  void RememberFormer(const std::string& node, bool has_left);
  // Says what the first job in the queue waits for, when that changes.
  void TellWaiting(Job* job, const std::string& why, absl::Time now);
  void UpdateNodes();
  void UpdateOrders();
  v1::NodeOrders OrdersOf(const std::string& id, const Node& node) const;
  void Remove(const std::string& node, absl::string_view kind,
              absl::string_view why, absl::Time now);
  std::vector<ClusterJob::Server> Servers() const;
  // Those that can be given something.
  std::vector<std::string> NodesOf(v1::NodeRole role) const;
  bool WaitsForNodes() const;

  const Options options_;
  uint64_t id_;
  uint64_t generation_ = 0;  // of the journal; 0: there is none
  EventLog events_;
  std::map<std::string, Node> nodes_;
  // The last orders of nodes that were removed, and which first: as many as
  // there may be nodes.
  std::map<std::string, v1::NodeOrders> former_;
  std::deque<std::string> former_order_;
  std::vector<std::unique_ptr<Job>> jobs_;
  Job* running_ = nullptr;
  uint64_t last_version_ = 0;
  uint64_t last_job_ = 0;
  absl::Time last_tick_ = absl::InfiniteFuture();  // none yet
  absl::Time now_;  // of the event that is being handled
  // After a restart: nodes may still be heard for the first time.
  absl::Time waits_for_nodes_until_;

  // What the journal does not have yet.
  std::set<std::string> changed_jobs_;
  std::set<std::string> changed_nodes_;
  bool run_ended_ = false;
  std::string journaled_self_;
  uint64_t first_event_ = 1;  // that it has
  uint64_t last_event_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_COORDINATOR_CORE_H_
