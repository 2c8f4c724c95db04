#include "embedded/local_epoch.h"

#include <utility>

#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {

LocalEpoch::LocalEpoch(const JobPlan& plan, const TrainingSetup& setup,
                       int64_t epoch, uint64_t base_clock, ExampleCache* cache,
                       ParameterClient* client, ThreadPool* pool)
    : lanes_(plan.spec.num_lanes), running_(lanes_.size()) {
  const JobSpec& spec = plan.spec;
  std::vector<LaneWindows> windows = PlanLanes(
      plan.train.splits(), lanes_.size(), epoch, LanePlanOptionsOf(spec));
  const LaneStream::Options stream_options = LaneStream::OptionsOf(spec);
  LaneRunner::Options runner_options;
  // A lane alone has nobody to wait for.
  runner_options.fuse_push_and_pull = spec.staleness > 0 || lanes_.size() == 1;
  for (uint32_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    lane.stream =
        std::make_unique<LaneStream>(cache, pool, stream_options, l, epoch);
    for (Window& window : windows[l]) {
      lane.stream->AppendWindow(std::move(window));
    }
    lane.stream->CloseWindows();
    lane.minibatches = std::make_unique<LaneMinibatches>(
        lane.stream.get(), pool->threads() > 1 ? pool : nullptr);
    lane.kernel = std::make_unique<LineupKernel>(
        plan.hyperparameters().loss, &setup.columns, &setup.groupings,
        &setup.class_weights, pool);
    lane.runner = std::make_unique<LaneRunner>(
        LaneClock{l, base_clock + 1}, runner_options, lane.minibatches.get(),
        client, lane.kernel.get(), [] {});
  }
}

absl::Status LocalEpoch::Advance() {
  for (Lane& lane : lanes_) {
    if (lane.finished) continue;
    LINEUP_ASSIGN_OR_RETURN(const LaneRunner::State state,
                            lane.runner->Advance());
    CHECK(state != LaneRunner::State::kNeedSplit) << "all were given";
    if (state != LaneRunner::State::kFinished) continue;
    lane.finished = true;
    --running_;
  }
  return absl::OkStatus();
}

uint64_t LocalEpoch::examples_done() const {
  uint64_t sum = 0;
  for (const Lane& lane : lanes_) sum += lane.runner->examples_done();
  return sum;
}

}  // namespace lineup
