// The examples of one lane in one epoch, cut into minibatches.
//
// Which examples minibatch number n has is a pure function of the cache's
// data, the options, the lane, the epoch and the windows: not of threads,
// timing or memory. So whoever takes over a lane can go on at any minibatch.
// Minibatches run on across windows, and only the last may be partial.
//
// While a window is used up, the splits of the next one are loaded in the
// background. So two windows are held, and for the first two minibatches of a
// window also the one before it.
//
// Thread safety: AppendWindow(), CloseWindows() and windows_opened() by any
// thread; the rest by one thread at a time. Loading uses `pool`.

#ifndef LINEUP_WORKER_LANE_STREAM_H_
#define LINEUP_WORKER_LANE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/job/job_spec.h"
#include "common/job/lane_plan.h"
#include "worker/example_cache.h"
#include "worker/loaded_window.h"
#include "worker/minibatch.h"
#include "worker/minibatch_source.h"
#include "worker/window_loader.h"

namespace lineup {

class LaneStream {
 public:
  struct Options {
    bool shuffle = true;
    uint64_t seed = 0;
    size_t mini_batch_size = 1000;
    bool drop_last = false;  // leave out the last, partial minibatch
  };

  // As the job asks for.
  static Options OptionsOf(const JobSpec& spec);

  // `cache` and `pool` must outlive the stream. A pool for one thread is not
  // used: all is loaded by the thread that calls Next().
  LaneStream(ExampleCache* cache, ThreadPool* pool, const Options& options,
             uint32_t lane, int64_t epoch);
  // Waits for what is being loaded.
  ~LaneStream();

  // What the lane reads next. Windows may come while others are used up; no
  // window comes after CloseWindows().
  void AppendWindow(Window window);
  void CloseWindows();

  // Windows that have been read or skipped, wholly or in part.
  uint64_t windows_opened() const;

  // Skips `minibatches`, before the first Next(). Windows whose sizes the
  // cache knows are not loaded.
  void Skip(uint64_t minibatches);

  // The next minibatch. `examples` refer to memory that stays until the next
  // call but one, so that a minibatch can be gathered while the one before it
  // is trained on. An error is final.
  absl::StatusOr<MinibatchSource::Result> Next(
      std::vector<ExampleRef>* examples);

 private:
  using WindowPtr = std::shared_ptr<const LoadedWindow>;
  enum class Opened { kWindow, kNone, kEnd };

  absl::StatusOr<MinibatchSource::Result> Fill(
      std::vector<ExampleRef>* examples);
  // Makes the next window current.
  absl::StatusOr<Opened> OpenWindow();
  // Passes over windows that are skipped as a whole, and comes to the next;
  // null: there is none now, or (*closed) none any more.
  std::unique_ptr<WindowLoader> TakeWindow(bool* closed);
  bool Skips(const Window& window);
  std::unique_ptr<WindowLoader> StartFirst()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadAhead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ExampleCache& cache_;
  ThreadPool& pool_;
  const Options options_;
  const uint32_t lane_;
  const int64_t epoch_;

  mutable Mutex mutex_;
  std::deque<Window> windows_ ABSL_GUARDED_BY(mutex_);  // not begun to load
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t windows_opened_ ABSL_GUARDED_BY(mutex_) = 0;
  // Whether the first window that is not skipped is there.
  bool may_read_ahead_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<WindowLoader> ahead_ ABSL_GUARDED_BY(mutex_);

  absl::Status error_;
  uint64_t examples_to_skip_ = 0;
  WindowPtr current_;
  size_t position_ = 0;  // in *current_
  std::vector<ExampleRef> pending_;
  // Windows that pending_ or the last minibatch refer to, and the one before.
  std::vector<WindowPtr> held_;
  std::vector<WindowPtr> held_before_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LANE_STREAM_H_
