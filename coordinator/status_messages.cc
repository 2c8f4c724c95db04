#include "coordinator/status_messages.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "coordinator/job_summary.h"

namespace lineup {
namespace {

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
  if (job.past.has_value()) return job.past->status();
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
  if (job.run != nullptr) {
    AddRun(*job.run, {job.started, job.ended, now}, &status);
  } else if (job.planning) {
    status.set_phase(job.restarting() ? "restarting" : "planning");
  }
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
    for (const ClusterJob::ShardState& shard : run.Shards()) {
      if (shard.server.node_id != id) continue;
      const uint32_t slots = SlotsAt(run.routing(), shard.position);
      if (shard.replica && shard.of != nullptr) {
        status->set_replica_slots(slots);
      } else {
        status->set_slots(status->slots() + slots);
      }
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

v1::ListShardsResponse ShardsOf(const CoordinatorCore::Job& job) {
  if (job.past.has_value()) return job.past->shards();
  return job.run == nullptr ? v1::ListShardsResponse() : ShardsOf(*job.run);
}

v1::ListCandidatesResponse CandidatesOf(const CoordinatorCore::Job& job) {
  if (job.past.has_value()) return job.past->candidates();
  return job.run == nullptr ? v1::ListCandidatesResponse()
                            : CandidatesOf(*job.run);
}

}  // namespace lineup
