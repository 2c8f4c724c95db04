#include "coordinator/job_summary.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/linear/candidate.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

// Examples per second, and seconds to the end of training, from what has been
// trained since the job started.
void AddSpeed(const ClusterJob& run, const JobTimes& times,
              v1::JobStatus* status) {
  const bool ended = times.ended != absl::Time();
  const double seconds =
      absl::ToDoubleSeconds((ended ? times.ended : times.now) - times.started);
  const uint64_t trained = run.examples_trained();
  if (seconds <= 0 || trained == 0) return;
  const double speed = trained / seconds;
  status->set_examples_per_second(speed);
  const uint64_t per_epoch = run.machine().examples_per_epoch();
  if (per_epoch == 0 || ended) return;
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

}  // namespace

int64_t UnixMs(absl::Time time) {
  return time == absl::Time() ? 0 : absl::ToUnixMillis(time);
}

void AddRun(const ClusterJob& run, const JobTimes& times,
            v1::JobStatus* status) {
  const JobMachine& machine = run.machine();
  if (times.ended == absl::Time()) status->set_phase(run.Phase());
  status->set_epoch(static_cast<uint32_t>(machine.epoch()));
  status->set_epochs(
      static_cast<uint32_t>(run.plan().hyperparameters().epochs));
  status->set_phase_progress(run.PhaseProgress());
  status->set_examples_trained(run.examples_trained());
  status->set_bad_records(run.bad_records());
  status->set_criterion(std::string(machine.compared_by().name));
  if (machine.best_epoch() >= 0) {
    status->set_best_candidate(static_cast<int32_t>(machine.best_candidate()));
    status->set_best_value(machine.best_value());
  }
  status->set_last_checkpoint(run.last_checkpoint());
  status->set_last_checkpoint_unix_ms(UnixMs(run.last_checkpoint_time()));
  AddSpeed(run, times, status);
}

v1::ListCandidatesResponse CandidatesOf(const ClusterJob& run) {
  v1::ListCandidatesResponse response;
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

v1::ListShardsResponse ShardsOf(const ClusterJob& run) {
  v1::ListShardsResponse response;
  for (const ClusterJob::ShardState& shard : run.Shards()) {
    if (shard.report == nullptr) continue;
    v1::ShardStatus* status = response.add_shards();
    status->set_node_id(shard.server.node_id);
    status->set_address(shard.server.address);
    status->set_replica(shard.replica);
    if (shard.of != nullptr) status->set_replica_of(shard.of->node_id);
    status->set_slots(SlotsAt(run.routing(), shard.position));
    *status->mutable_report() = *shard.report;
    status->mutable_report()->clear_replica();  // has an entry of its own
  }
  return response;
}

uint32_t SlotsAt(const v1::Routing& routing, int position) {
  return static_cast<uint32_t>(std::count(routing.slot_owners().begin(),
                                          routing.slot_owners().end(),
                                          static_cast<char>(position)));
}

}  // namespace lineup
