#include "coordinator/status_messages.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/linear/candidate.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

int64_t UnixMs(absl::Time time) {
  return time == absl::Time() ? 0 : absl::ToUnixMillis(time);
}

// Examples per second, and seconds to the end of training, from what has been
// trained since the job started.
void AddSpeed(const CoordinatorCore::Job& job, absl::Time now,
              v1::JobStatus* status) {
  status->set_seconds_left(-1);
  const ClusterJob& run = *job.run;
  const absl::Time end = job.ended == absl::Time() ? now : job.ended;
  const double seconds = absl::ToDoubleSeconds(end - job.started);
  const uint64_t trained = run.examples_trained();
  if (seconds <= 0 || trained == 0) return;
  const double speed = trained / seconds;
  status->set_examples_per_second(speed);
  const uint64_t per_epoch = run.machine().examples_per_epoch();
  if (per_epoch == 0 || job.ended != absl::Time()) return;
  const double total =
      static_cast<double>(per_epoch) * run.plan().hyperparameters().epochs;
  status->set_seconds_left(std::max(0.0, (total - trained) / speed));
}

nlohmann::json MetricsJson(const MetricValues& metrics) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, value] : metrics) {
    if (std::isfinite(value)) {
      json[name] = value;
    } else {
      json[name] = nullptr;
    }
  }
  return json;
}

std::string LaneState(const LaneTable::Lane& lane) {
  if (lane.finished) return "finished";
  if (lane.holder.empty()) return "free";
  return lane.withdrawn ? "moving" : "held";
}

std::string SplitText(const JobPlan& plan, uint32_t number) {
  const Split& split = plan.train.splits()[number];
  return absl::StrCat(plan.train.files()[split.file], ":", split.begin, "-",
                      split.end);
}

}  // namespace

v1::JobStatus JobStatusOf(const CoordinatorCore& core,
                          const CoordinatorCore::Job& job, absl::Time now) {
  v1::JobStatus status;
  status.set_job(job.id);
  *status.mutable_spec() = job.spec;
  status.set_state(job.state);
  status.set_why_waiting(core.WhyWaiting(job));
  status.set_error(std::string(job.error.message()));
  status.set_submitted_unix_ms(UnixMs(job.submitted));
  status.set_started_unix_ms(UnixMs(job.started));
  status.set_ended_unix_ms(UnixMs(job.ended));
  status.set_best_candidate(-1);
  status.set_seconds_left(-1);
  if (job.run == nullptr) {
    status.set_phase(job.planning ? "planning" : "");
    return status;
  }
  const ClusterJob& run = *job.run;
  const JobMachine& machine = run.machine();
  if (job.ended == absl::Time()) status.set_phase(run.Phase());
  status.set_epoch(static_cast<uint32_t>(machine.epoch()));
  status.set_epochs(static_cast<uint32_t>(run.plan().hyperparameters().epochs));
  status.set_phase_progress(run.PhaseProgress());
  status.set_examples_trained(run.examples_trained());
  status.set_bad_records(run.bad_records());
  status.set_criterion(std::string(machine.compared_by().name));
  if (machine.best_epoch() >= 0) {
    status.set_best_candidate(static_cast<int32_t>(machine.best_candidate()));
    status.set_best_value(machine.best_value());
  }
  status.set_last_checkpoint(run.last_checkpoint());
  status.set_last_checkpoint_unix_ms(UnixMs(run.last_checkpoint_time()));
  AddSpeed(job, now, &status);
  return status;
}

v1::ListNodesResponse NodesOf(const CoordinatorCore& core, absl::Time now) {
  v1::ListNodesResponse response;
  for (const auto& [id, node] : core.nodes()) {
    const v1::NodeReport& report = node.report;
    v1::NodeStatus* status = response.add_nodes();
    status->set_node_id(id);
    status->set_role(report.role());
    status->set_address(report.address());
    status->set_version(report.version());
    status->set_cpu_load(report.cpu_load());
    status->set_memory_bytes(report.memory_bytes());
    status->set_threads(report.threads());
    status->set_seconds_since_heard(
        absl::ToDoubleSeconds(now - node.last_heard));
    status->set_draining(node.draining);
    if (report.has_worker()) {
      status->set_idle_share(report.worker().idle_share());
      status->set_examples_trained(report.worker().examples_trained());
    }
    if (core.running() == nullptr) continue;
    const ClusterJob& run = *core.running()->run;
    const auto& lanes = run.lanes().lanes();
    for (size_t l = 0; l < lanes.size(); ++l) {
      if (lanes[l].holder == id) status->add_lanes(static_cast<uint32_t>(l));
    }
    const v1::Routing& routing = run.routing();
    for (int s = 0; s < routing.addresses_size(); ++s) {
      if (!run.HasServer(id) || routing.addresses(s) != report.address()) {
        continue;
      }
      status->set_slots(static_cast<uint32_t>(
          std::count(routing.slot_owners().begin(), routing.slot_owners().end(),
                     static_cast<char>(s))));
    }
  }
  return response;
}

v1::ListLanesResponse LanesOf(const CoordinatorCore& core) {
  v1::ListLanesResponse response;
  if (core.running() == nullptr) return response;
  const ClusterJob& run = *core.running()->run;
  const auto& lanes = run.lanes().lanes();
  for (size_t l = 0; l < lanes.size(); ++l) {
    const LaneTable::Lane& lane = lanes[l];
    v1::LaneStatus* status = response.add_lanes();
    status->set_lane(static_cast<uint32_t>(l));
    status->set_holder(lane.holder);
    status->set_term(lane.term);
    status->set_clock(lane.clock);
    status->set_examples(lane.examples);
    status->set_state(LaneState(lane));
    status->set_why_waiting(lane.why_waiting);
    if (!lane.splits.empty()) {
      status->set_split(SplitText(run.plan(), lane.splits.back()));
    }
  }
  return response;
}

v1::ListShardsResponse ShardsOf(const CoordinatorCore& core,
                                const CoordinatorCore::Job& job) {
  v1::ListShardsResponse response;
  if (job.run == nullptr) return response;
  for (const auto& [id, report] : job.run->server_reports()) {
    v1::ShardStatus* status = response.add_shards();
    status->set_node_id(id);
    const auto node = core.nodes().find(id);
    if (node != core.nodes().end()) {
      status->set_address(node->second.report.address());
    }
    *status->mutable_report() = report;
  }
  return response;
}

v1::ListCandidatesResponse CandidatesOf(const CoordinatorCore::Job& job) {
  v1::ListCandidatesResponse response;
  if (job.run == nullptr) return response;
  const ClusterJob& run = *job.run;
  const JobMachine& machine = run.machine();
  const LossType loss = run.plan().hyperparameters().loss;
  for (size_t c = 0; c < run.plan().candidates.size(); ++c) {
    const Candidate& candidate = run.plan().candidates[c];
    const JobMachine::CandidateState& state = machine.candidates()[c];
    v1::CandidateStatus* status = response.add_candidates();
    status->set_index(static_cast<uint32_t>(candidate.index));
    status->set_hyperparameters_json(CandidateToJson(candidate, loss).dump());
    for (const double value : state.train_loss) {
      status->add_train_loss(value);
    }
    if (state.evaluation.has_value()) {
      status->set_validation_json(
          MetricsJson(state.evaluation->metrics).dump());
    }
    status->set_state(
        state.diverged_in_epoch >= 0
            ? absl::StrCat("diverged in epoch ", state.diverged_in_epoch)
            : "training");
    status->set_best(machine.best_epoch() >= 0 &&
                     machine.best_candidate() == c);
  }
  return response;
}

}  // namespace lineup
