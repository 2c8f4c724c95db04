// The examples of one lane in one epoch, cut into minibatches.
//
// Which examples minibatch number n has is a pure function of the cache's
// data, the options, the lane, the epoch and the windows: not of threads,
// timing or memory. So whoever takes over a lane can go on at any minibatch.
//
// While a window is used up, the splits of the next one are loaded in the
// background; no more than two windows are held.
//
// Thread safety: one thread at a time. Loading uses `pool`.

#ifndef LINEUP_WORKER_LANE_STREAM_H_
#define LINEUP_WORKER_LANE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "worker/example_cache.h"
#include "worker/lane_plan.h"
#include "worker/minibatch.h"
#include "worker/minibatch_source.h"

namespace lineup {

class LaneStream {
 public:
  struct Options {
    bool shuffle = true;
    uint64_t seed = 0;
    size_t mini_batch_size = 1000;
    bool drop_last = false;  // leave out the last, partial minibatch
  };

  // `cache` and `pool` must outlive the stream.
  LaneStream(ExampleCache* cache, ThreadPool* pool, const Options& options,
             uint32_t lane, int64_t epoch);
  // Waits for what is being loaded.
  ~LaneStream();

  // What the lane reads next. Windows may come while others are used up; no
  // window comes after CloseWindows().
  void AppendWindow(Window window) { windows_.push_back(std::move(window)); }
  void CloseWindows() { closed_ = true; }

  // Skips `minibatches`, before the first Next(). Windows whose sizes the
  // cache knows are not loaded.
  void Skip(uint64_t minibatches) {
    examples_to_skip_ = minibatches * options_.mini_batch_size;
  }

  // Windows that have been read or skipped, wholly or in part.
  uint64_t windows_opened() const { return windows_opened_; }

  // The next minibatch. `examples` refer to memory that stays until the next
  // call but one, so that a minibatch can be gathered while the one before it
  // is trained on.
  absl::StatusOr<MinibatchSource::Result> Next(
      std::vector<ExampleRef>* examples);

 private:
  // A window in memory, its examples in the order in which they come.
  struct LoadedWindow {
    std::vector<SplitPtr> splits;
    std::vector<ExampleRef> order;
  };
  struct ReadAhead;

  // Makes the next window current; false if there is none.
  absl::StatusOr<bool> OpenWindow();
  bool SkipWindow(const Window& window);
  void StartReadAhead();

  ExampleCache& cache_;
  ThreadPool& pool_;
  const Options options_;
  const uint32_t lane_;
  const int64_t epoch_;

  std::deque<Window> windows_;
  bool closed_ = false;
  uint64_t windows_opened_ = 0;
  uint64_t examples_to_skip_ = 0;

  std::shared_ptr<LoadedWindow> current_;
  size_t position_ = 0;  // in current_->order
  std::vector<ExampleRef> pending_;
  // Windows that pending_ or the last minibatch refer to, and the one before.
  std::vector<std::shared_ptr<LoadedWindow>> held_;
  std::vector<std::shared_ptr<LoadedWindow>> held_before_;
  std::shared_ptr<ReadAhead> read_ahead_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LANE_STREAM_H_
