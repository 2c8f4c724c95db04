// What CoordinatorCore leaves in its journal, and how it goes on from there.

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/job/job_state.h"
#include "coordinator/coordinator_core.h"
#include "coordinator/job_summary.h"

namespace lineup {
namespace {

// So soon nodes are heard after a restart: they try twice a second.
constexpr absl::Duration kFirstReports = absl::Seconds(1);

constexpr char kSelf[] = "coordinator";
constexpr char kNode[] = "node";
constexpr char kJob[] = "job";
constexpr char kEvent[] = "event";
constexpr char kRun[] = "run";

std::string NodeKey(absl::string_view id) {
  return absl::StrCat(kNode, "/", id);
}

// "job-7" has number 7.
std::string JobKey(absl::string_view id) {
  uint64_t number = 0;
  (void)absl::SimpleAtoi(absl::StripPrefix(id, "job-"), &number);
  return NumberedKey(kJob, number);
}

template <typename Message>
absl::StatusOr<Message> Parse(absl::string_view key, const std::string& value) {
  Message message;
  if (message.ParseFromString(value)) return message;
  return absl::DataLossError(
      absl::StrCat("the journal's entry \"", key,
                   "\" is not what a coordinator of this version writes"));
}

v1::JournalJob EncodeJob(const CoordinatorCore::Job& job) {
  if (job.past.has_value()) return *job.past;
  v1::JournalJob message;
  message.set_id(job.id);
  *message.mutable_spec() = job.spec;
  message.set_state(job.state);
  message.set_resume_from(job.resume_from);
  message.set_error_code(static_cast<int32_t>(job.error.code()));
  message.set_error(std::string(job.error.message()));
  message.set_submitted_unix_us(UnixMicros(job.submitted));
  message.set_started_unix_us(UnixMicros(job.started));
  message.set_ended_unix_us(UnixMicros(job.ended));
  return message;
}

}  // namespace

bool CoordinatorCore::restarting() const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [](const auto& job) { return job->restarting(); });
}

JournalRecords CoordinatorCore::TakeRecords() {
  JournalRecords records;
  v1::JournalCoordinator self;
  self.set_id(id_);
  self.set_generation(generation_);
  self.set_last_job(last_job_);
  if (self.SerializeAsString() != journaled_self_) {
    journaled_self_ = self.SerializeAsString();
    records.push_back({kSelf, journaled_self_});
  }
  for (const std::string& id : std::exchange(changed_nodes_, {})) {
    records.push_back({NodeKey(id), std::nullopt});
    const auto node = nodes_.find(id);
    if (node == nodes_.end()) continue;
    v1::JournalNode message;
    message.set_role(node->second.report.role());
    message.set_address(node->second.report.address());
    message.set_draining(node->second.draining);
    records.back().value = message.SerializeAsString();
  }
  for (const std::string& id : std::exchange(changed_jobs_, {})) {
    records.push_back({JobKey(id), std::nullopt});
    const Job* const job = FindJob(id);
    if (job == nullptr) continue;
    v1::JournalJob message = EncodeJob(*job);
    if (HasEnded(job->state) && !job->past.has_value())
      Summarise(*job, &message);
    records.back().value = message.SerializeAsString();
  }
  for (; first_event_ < events_.first() && first_event_ <= last_event_;
       ++first_event_) {
    records.push_back({NumberedKey(kEvent, first_event_), std::nullopt});
  }
  while (const v1::Event* event = events_.Next(last_event_)) {
    last_event_ = event->number();
    records.push_back(
        {NumberedKey(kEvent, last_event_), event->SerializeAsString()});
  }
  first_event_ = events_.first();
  if (std::exchange(run_ended_, false)) records.push_back({kRun, std::nullopt});
  if (running_ != nullptr) running_->run->AddRecords(&records);
  return records;
}

// What is told of a job that has ended when nothing else is left of it.
void CoordinatorCore::Summarise(const Job& job, v1::JournalJob* message) const {
  v1::JobStatus& status = *message->mutable_status();
  status.set_job(job.id);
  *status.mutable_spec() = job.spec;
  status.set_state(job.state);
  status.set_error(std::string(job.error.message()));
  status.set_submitted_unix_ms(UnixMs(job.submitted));
  status.set_started_unix_ms(UnixMs(job.started));
  status.set_ended_unix_ms(UnixMs(job.ended));
  status.set_best_candidate(-1);
  status.set_seconds_left(-1);
  if (job.run == nullptr) return;
  AddRun(*job.run, {job.started, job.ended, job.ended}, &status);
  *message->mutable_candidates() = CandidatesOf(*job.run);
  *message->mutable_shards() = ShardsOf(*job.run);
}

absl::Status CoordinatorCore::GoOn(const JournalContents& journal,
                                   absl::Time now) {
  const auto self = journal.find(kSelf);
  if (self != journal.end()) {
    LINEUP_ASSIGN_OR_RETURN(const auto message,
                            Parse<v1::JournalCoordinator>(kSelf, self->second));
    id_ = message.id();
    generation_ = message.generation();
    last_job_ = message.last_job();
  }
  ++generation_;
  last_version_ = LastNumber();
  now_ = now;
  waits_for_nodes_until_ = now + kFirstReports;
  for (const auto& [key, value] : EntriesBelow(journal, kNode)) {
    LINEUP_ASSIGN_OR_RETURN(const auto message,
                            Parse<v1::JournalNode>(key, value));
    const std::string id(absl::StripPrefix(key, NodeKey("")));
    Node& node = nodes_[id];
    node.report.set_node_id(id);
    node.report.set_role(message.role());
    node.report.set_address(message.address());
    node.last_heard = now;
    node.heard = false;
    node.draining = message.draining();
  }
  for (const auto& [key, value] : EntriesBelow(journal, kEvent)) {
    LINEUP_ASSIGN_OR_RETURN(v1::Event event, Parse<v1::Event>(key, value));
    events_.Put(std::move(event));
  }
  first_event_ = events_.first();
  last_event_ = events_.last();
  for (const auto& [key, value] : EntriesBelow(journal, kJob)) {
    LINEUP_ASSIGN_OR_RETURN(const auto message,
                            Parse<v1::JournalJob>(key, value));
    AddJob(message, journal);
  }
  return absl::OkStatus();
}

void CoordinatorCore::AddJob(const v1::JournalJob& message,
                             const JournalContents& journal) {
  auto job = std::make_unique<Job>();
  job->id = message.id();
  job->spec = message.spec();
  job->state = message.state();
  job->resume_from = message.resume_from();
  job->submitted = FromUnixMicros(message.submitted_unix_us());
  job->started = FromUnixMicros(message.started_unix_us());
  job->ended = FromUnixMicros(message.ended_unix_us());
  if (HasEnded(job->state)) {
    job->error = absl::Status(
        static_cast<absl::StatusCode>(message.error_code()), message.error());
    job->past = message;
  } else if (job->state == v1::JOB_STATE_RUNNING) {
    job->records.emplace();
    const auto run = journal.find(kRun);
    if (run != journal.end()) job->records->insert(*run);
    for (auto& entry : EntriesBelow(journal, kRun)) {
      job->records->insert(std::move(entry));
    }
  } else {
    job->state = v1::JOB_STATE_QUEUED;  // its plan is made anew
  }
  jobs_.push_back(std::move(job));
}

void CoordinatorCore::GoOnRunning(Job* job, Plan plan, absl::Time now) {
  now_ = now;
  waits_for_nodes_until_ = now + kFirstReports;
  std::set<std::string> unheard;
  for (auto& [id, node] : nodes_) {
    // Nobody could be heard until now.
    node.last_heard = now;
    if (node.report.role() == v1::NODE_ROLE_WORKER) unheard.insert(id);
  }
  events_.Add(now, job->id, "job_taken_up",
              absl::StrCat("the coordinator was started anew and goes on with ",
                           job->id));
  absl::StatusOr<std::unique_ptr<ClusterJob>> run = ClusterJob::GoOn(
      OptionsOf(*job, std::move(plan)), *job->records, std::move(unheard),
      TellOf(job->id), [this] { return now_; });
  if (!run.ok()) return FailPlanned(job, run.status(), now);
  job->records.reset();
  job->run = *std::move(run);
  running_ = job;
  UpdateNodes();
}

}  // namespace lineup
