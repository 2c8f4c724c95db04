// Brings the splits of one window into memory, on as many threads as can be
// had: those of a pool in the background, and the one that needs the window.
//
// Each split is taken by whoever is free next, so nobody waits while there is
// one that no thread has begun.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_WORKER_WINDOW_LOADER_H_
#define LINEUP_WORKER_WINDOW_LOADER_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "common/job/lane_plan.h"
#include "worker/example_cache.h"
#include "worker/loaded_window.h"

namespace lineup {

class WindowLoader {
 public:
  // `cache` must outlive the loader. Examples are ordered by `seed`, if any.
  WindowLoader(ExampleCache* cache, Window splits,
               std::optional<uint64_t> seed);
  // Lets no thread begin another split, and waits for those that have.
  ~WindowLoader();

  WindowLoader(const WindowLoader&) = delete;
  WindowLoader& operator=(const WindowLoader&) = delete;

  // Has `pool` load in the background. At most once.
  void Start(ThreadPool* pool);

  // Helps, waits for the rest, and gives the window. At most once. An error is
  // that of the first split that has one.
  absl::StatusOr<std::shared_ptr<const LoadedWindow>> Finish();

 private:
  struct State;
  // Loads one split that nobody has begun; false if there is none. Whoever is
  // the last to load one puts the window together.
  static bool LoadOne(State* state);
  static void MakeWindow(State* state);

  const std::shared_ptr<State> state_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WINDOW_LOADER_H_
