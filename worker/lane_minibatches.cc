#include "worker/lane_minibatches.h"

#include <utility>
#include <vector>

#include "common/base/mutex.h"

namespace lineup {

struct LaneMinibatches::State {
  enum class Progress { kWanted, kBuilding, kBuilt };

  // Used by whoever builds.
  LaneStream* stream;
  MinibatchBuilder builder;
  std::vector<ExampleRef> examples;
  Minibatch next;
  absl::StatusOr<Result> result = Result::kEnd;

  Mutex mutex;
  CondVar built;
  Progress progress ABSL_GUARDED_BY(mutex) = Progress::kWanted;
};

LaneMinibatches::LaneMinibatches(LaneStream* stream, ThreadPool* pool)
    : pool_(pool), state_(std::make_shared<State>()) {
  state_->stream = stream;
}

LaneMinibatches::~LaneMinibatches() {
  MutexLock lock(&state_->mutex);
  while (state_->progress == State::Progress::kBuilding) {
    state_->built.Wait(&state_->mutex);
  }
  // A task that has not begun finds nothing to do.
  state_->progress = State::Progress::kBuilt;
}

void LaneMinibatches::Build(const std::shared_ptr<State>& state) {
  {
    MutexLock lock(&state->mutex);
    if (state->progress != State::Progress::kWanted) return;
    state->progress = State::Progress::kBuilding;
  }
  state->result = state->stream->Next(&state->examples);
  if (state->result.ok() && *state->result == Result::kMinibatch) {
    state->builder.Build(state->examples, &state->next);
  }
  MutexLock lock(&state->mutex);
  state->progress = State::Progress::kBuilt;
  state->built.SignalAll();
}

absl::StatusOr<MinibatchSource::Result> LaneMinibatches::Next(
    Minibatch* minibatch) {
  Build(state_);
  absl::StatusOr<Result> result;
  {
    MutexLock lock(&state_->mutex);
    while (state_->progress != State::Progress::kBuilt) {
      state_->built.Wait(&state_->mutex);
    }
    result = state_->result;
    if (!result.ok() || *result == Result::kEnd) return result;
    state_->progress = State::Progress::kWanted;
    if (*result == Result::kNeedSplit) return result;
    std::swap(*minibatch, state_->next);
  }
  if (pool_ != nullptr) {
    pool_->Schedule([state = state_] { Build(state); });
  }
  return result;
}

}  // namespace lineup
