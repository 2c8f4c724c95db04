#include "worker/lane_stream.h"

#include <algorithm>
#include <utility>

#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"

namespace lineup {

// Loads of the next window that run in the background. Only their effect on
// the cache matters, and that they end.
struct LaneStream::ReadAhead {
  Mutex mutex;
  CondVar done;
  size_t under_way ABSL_GUARDED_BY(mutex) = 0;
  // What is loaded but not yet used, so that a small cache does not drop it.
  std::vector<SplitPtr> held ABSL_GUARDED_BY(mutex);
};

LaneStream::LaneStream(ExampleCache* cache, ThreadPool* pool,
                       const Options& options, uint32_t lane, int64_t epoch)
    : cache_(*cache),
      pool_(*pool),
      options_(options),
      lane_(lane),
      epoch_(epoch) {}

LaneStream::~LaneStream() {
  if (read_ahead_ == nullptr) return;
  MutexLock lock(&read_ahead_->mutex);
  while (read_ahead_->under_way > 0) {
    read_ahead_->done.Wait(&read_ahead_->mutex);
  }
}

absl::StatusOr<MinibatchSource::Result> LaneStream::Next(
    std::vector<ExampleRef>* examples) {
  examples->clear();
  if (pending_.empty()) {
    held_before_ = std::move(held_);
    held_.clear();
  }
  while (pending_.size() < options_.mini_batch_size) {
    if (current_ == nullptr || position_ == current_->order.size()) {
      LINEUP_ASSIGN_OR_RETURN(const bool opened, OpenWindow());
      if (opened) continue;
      if (!closed_) return MinibatchSource::Result::kNeedSplit;
      if (pending_.empty() || options_.drop_last) {
        return MinibatchSource::Result::kEnd;
      }
      break;
    }
    const size_t n =
        std::min<size_t>(options_.mini_batch_size - pending_.size(),
                         current_->order.size() - position_);
    const auto begin = current_->order.begin() + position_;
    pending_.insert(pending_.end(), begin, begin + n);
    position_ += n;
    if (held_.empty() || held_.back() != current_) held_.push_back(current_);
  }
  examples->swap(pending_);
  return MinibatchSource::Result::kMinibatch;
}

bool LaneStream::SkipWindow(const Window& window) {
  uint64_t size = 0;
  for (const size_t split : window) {
    const std::optional<uint64_t> known = cache_.SizeOf(split);
    if (!known.has_value()) return false;
    size += *known;
  }
  if (size > examples_to_skip_) return false;
  examples_to_skip_ -= size;
  return true;
}

absl::StatusOr<bool> LaneStream::OpenWindow() {
  for (;;) {
    if (windows_.empty()) return false;
    const Window window = std::move(windows_.front());
    windows_.pop_front();
    const uint64_t number = windows_opened_++;
    if (examples_to_skip_ > 0 && SkipWindow(window)) continue;
    auto loaded = std::make_shared<LoadedWindow>();
    loaded->splits.resize(window.size());
    std::vector<absl::Status> statuses(window.size());
    pool_.ParallelFor(window.size(), [&](size_t i) {
      absl::StatusOr<SplitPtr> split = cache_.Get(window[i]);
      statuses[i] = split.status();
      if (split.ok()) loaded->splits[i] = *std::move(split);
    });
    for (const absl::Status& status : statuses) LINEUP_RETURN_IF_ERROR(status);
    for (const SplitPtr& split : loaded->splits) {
      for (const Examples& block : split->blocks) {
        for (uint32_t row = 0; row < block.size(); ++row) {
          loaded->order.push_back({&block, row});
        }
      }
    }
    if (options_.shuffle) {
      SplitMix64 random(HashMix(HashMix(options_.seed, 0x77696e646f77u, epoch_),
                                lane_, number));
      Shuffle(absl::MakeSpan(loaded->order), random);
    }
    current_ = std::move(loaded);
    position_ = std::min<uint64_t>(examples_to_skip_, current_->order.size());
    examples_to_skip_ -= position_;
    StartReadAhead();
    return true;
  }
}

void LaneStream::StartReadAhead() {
  if (read_ahead_ == nullptr) read_ahead_ = std::make_shared<ReadAhead>();
  ReadAhead& ahead = *read_ahead_;
  std::vector<size_t> splits;
  if (!windows_.empty() && pool_.threads() > 1) splits = windows_.front();
  MutexLock lock(&ahead.mutex);
  ahead.held.clear();
  for (const size_t split : splits) {
    ++ahead.under_way;
    pool_.Schedule([this, &ahead, split] {
      absl::StatusOr<SplitPtr> loaded = cache_.Get(split);
      MutexLock lock(&ahead.mutex);
      if (loaded.ok()) ahead.held.push_back(*std::move(loaded));
      if (--ahead.under_way == 0) ahead.done.SignalAll();
    });
  }
}

}  // namespace lineup
