#include "worker/lane_runner.h"

#include <utility>

#include "common/base/status_macros.h"

namespace lineup {

LaneRunner::LaneRunner(LaneClock next, const Options& options,
                       MinibatchSource* source, ParameterClient* client,
                       LineupKernel* kernel, std::function<void()> wake)
    : next_(next),
      options_(options),
      source_(*source),
      client_(*client),
      kernel_(*kernel),
      wake_(std::move(wake)),
      answer_(wake_) {}

ParameterClient::Done LaneRunner::Expect(Phase phase) {
  phase_ = phase;
  return answer_.Expect();
}

absl::StatusOr<LaneRunner::State> LaneRunner::Advance() {
  bool computed = false;
  for (;;) {
    absl::Status status;
    if (!answer_.Answered(&status)) return State::kWaiting;
    LINEUP_RETURN_IF_ERROR(status);
    switch (phase_) {
      case Phase::kNextMinibatch: {
        LINEUP_ASSIGN_OR_RETURN(const State state, StartMinibatch());
        if (state == State::kNeedSplit) return state;
        break;
      }
      case Phase::kTurn:
        if (!HasTurn()) return State::kWaiting;
        Pull();
        break;
      case Phase::kPulling:
        if (computed) {  // the turn of other lanes
          wake_();
          return State::kWaiting;
        }
        computed = true;
        LINEUP_RETURN_IF_ERROR(ComputeAndPush());
        break;
      case Phase::kPushing:
        phase_ = has_next_ ? Phase::kTurn : Phase::kNextMinibatch;
        has_next_ = false;
        break;
      case Phase::kFinishing:
        phase_ = Phase::kFinished;
        return State::kFinished;
      case Phase::kFinished:
        return State::kFinished;
    }
  }
}

absl::StatusOr<LaneRunner::State> LaneRunner::StartMinibatch() {
  Minibatch& minibatch = minibatches_[current_];
  LINEUP_ASSIGN_OR_RETURN(const MinibatchSource::Result result,
                          source_.Next(&minibatch));
  switch (result) {
    case MinibatchSource::Result::kNeedSplit:
      return State::kNeedSplit;
    case MinibatchSource::Result::kEnd:
      client_.FinishLane(next_, Expect(Phase::kFinishing));
      return State::kWaiting;
    case MinibatchSource::Result::kMinibatch:
      break;
  }
  phase_ = Phase::kTurn;
  return State::kWaiting;
}

bool LaneRunner::HasTurn() {
  return options_.turns == nullptr ||
         options_.turns->Take(this, next_.clock, wake_);
}

void LaneRunner::YieldTurn() {
  // One that waits for its turn has none to give.
  if (options_.turns != nullptr && phase_ != Phase::kTurn) {
    options_.turns->Leave(this);
  }
}

WeightsOut LaneRunner::NextWeights() {
  AlignedFloats& weights = weights_[current_];
  weights.resize(minibatches_[current_].rows.size() * kernel_.width());
  if (!minibatches_[current_].sparse) return {weights.data(), &groups_[current_]};
  places_[current_].clear();
  return {weights.data(), &groups_[current_], &places_[current_]};
}

void LaneRunner::Pull() {
  const WeightsOut weights = NextWeights();
  client_.Pull(next_, minibatches_[current_].rows, weights,
               Expect(Phase::kPulling));
}

absl::Status LaneRunner::ComputeAndPush() {
  const Minibatch& minibatch = minibatches_[current_];
  if (options_.before_gradient) options_.before_gradient(next_);
  kernel_.Compute(minibatch, {weights_[current_].data(), places_[current_]},
                  groups_[current_]);
  const LaneClock at = next_;
  ++next_.clock;
  examples_done_ += minibatch.size;
  const auto rows = [this](size_t first, size_t stride, size_t count,
                           float* out) {
    kernel_.GradientRows(first, stride, count, out);
  };
  const LaneGradient gradient{rows, minibatch.size, kernel_.loss_sums(),
                              kernel_.groups()};
  if (options_.fuse_push_and_pull) {
    Minibatch& following = minibatches_[1 - current_];
    LINEUP_ASSIGN_OR_RETURN(const MinibatchSource::Result result,
                            source_.Next(&following));
    has_next_ = result == MinibatchSource::Result::kMinibatch;
    if (has_next_) current_ = 1 - current_;
    if (has_next_ && HasTurn()) {
      has_next_ = false;
      const WeightsOut weights = NextWeights();
      client_.PushAndPull(at, minibatch.rows, gradient, following.rows, weights,
                          Expect(Phase::kPulling));
      return absl::OkStatus();
    }
    if (!has_next_ && options_.turns != nullptr) options_.turns->Leave(this);
  }
  client_.Push(at, minibatch.rows, gradient, Expect(Phase::kPushing));
  return absl::OkStatus();
}

}  // namespace lineup
