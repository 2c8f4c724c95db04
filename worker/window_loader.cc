#include "worker/window_loader.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/base/status_macros.h"

namespace lineup {

// Outlives the loader in tasks that have not begun when it is destroyed; they
// find nothing to do and touch nothing else.
struct WindowLoader::State {
  State(ExampleCache* cache, Window splits, std::optional<uint64_t> seed)
      : cache(cache),
        window(std::move(splits)),
        seed(seed),
        to_load(window.size()),
        splits(window.size()) {}

  ExampleCache* const cache;
  const Window window;
  const std::optional<uint64_t> seed;

  Mutex mutex;
  CondVar idle;
  size_t next ABSL_GUARDED_BY(mutex) = 0;  // split that nobody has begun
  size_t to_load ABSL_GUARDED_BY(mutex);   // splits that are not loaded yet
  size_t under_way ABSL_GUARDED_BY(mutex) = 0;  // threads in LoadOne()
  bool given_up ABSL_GUARDED_BY(mutex) = false;
  std::vector<absl::StatusOr<SplitPtr>> splits ABSL_GUARDED_BY(mutex);
  absl::StatusOr<std::shared_ptr<const LoadedWindow>> loaded
      ABSL_GUARDED_BY(mutex);
};

WindowLoader::WindowLoader(ExampleCache* cache, Window splits,
                           std::optional<uint64_t> seed)
    : state_(std::make_shared<State>(cache, std::move(splits), seed)) {}

WindowLoader::~WindowLoader() {
  MutexLock lock(&state_->mutex);
  state_->given_up = true;
  while (state_->under_way > 0) state_->idle.Wait(&state_->mutex);
}

void WindowLoader::Start(ThreadPool* pool) {
  // One task a split, so that other tasks get their turn between them.
  for (size_t i = 0; i < state_->window.size(); ++i) {
    pool->Schedule([state = state_] { LoadOne(state.get()); });
  }
}

bool WindowLoader::LoadOne(State* state) {
  size_t i;
  {
    MutexLock lock(&state->mutex);
    if (state->given_up || state->next == state->window.size()) return false;
    i = state->next++;
    ++state->under_way;
  }
  absl::StatusOr<SplitPtr> split = state->cache->Get(state->window[i]);
  bool complete;
  {
    MutexLock lock(&state->mutex);
    if (!split.ok()) state->given_up = true;  // no use in going on
    state->splits[i] = std::move(split);
    complete = --state->to_load == 0 && !state->given_up;
  }
  if (complete) MakeWindow(state);
  MutexLock lock(&state->mutex);
  if (--state->under_way == 0) state->idle.SignalAll();
  return true;
}

void WindowLoader::MakeWindow(State* state) {
  std::vector<SplitPtr> splits;
  uint64_t size = 0;
  {
    MutexLock lock(&state->mutex);
    for (absl::StatusOr<SplitPtr>& split : state->splits) {
      size += (*split)->size();
      splits.push_back(*std::move(split));
    }
  }
  absl::StatusOr<std::shared_ptr<const LoadedWindow>> loaded;
  if (size <= LoadedWindow::kMaxExamples) {
    loaded =
        std::make_shared<const LoadedWindow>(std::move(splits), state->seed);
  } else {
    loaded = absl::InvalidArgumentError(absl::StrCat(
        "--shuffle-window: a window has ", size, " examples, but at most ",
        LoadedWindow::kMaxExamples, " can be mixed; make it smaller"));
  }
  MutexLock lock(&state->mutex);
  state->loaded = std::move(loaded);
}

absl::StatusOr<std::shared_ptr<const LoadedWindow>> WindowLoader::Finish() {
  State& state = *state_;
  if (state.window.empty()) MakeWindow(&state);
  while (LoadOne(&state)) continue;
  MutexLock lock(&state.mutex);
  while (state.under_way > 0) state.idle.Wait(&state.mutex);
  if (!state.given_up) return std::move(state.loaded);
  for (const absl::StatusOr<SplitPtr>& split : state.splits) {
    // What was not begun says so, and has an error before it.
    LINEUP_RETURN_IF_ERROR(split.status());
  }
  return absl::InternalError("given up without an error");
}

}  // namespace lineup
