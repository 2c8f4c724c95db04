#include "worker/lane_stream.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr uint64_t kPurpose = 0x77696e646f77u;  // not another shuffle's hash

}  // namespace

LaneStream::Options LaneStream::OptionsOf(const JobSpec& spec) {
  Options options;
  options.shuffle = spec.shuffle;
  options.seed = spec.hyperparameters.seed;
  options.mini_batch_size = spec.hyperparameters.mini_batch_size;
  options.drop_last = spec.drop_last;
  return options;
}

LaneStream::LaneStream(ExampleCache* cache, ThreadPool* pool,
                       const Options& options, uint32_t lane, int64_t epoch)
    : cache_(*cache),
      pool_(*pool),
      options_(options),
      lane_(lane),
      epoch_(epoch) {
  CHECK_GT(options_.mini_batch_size, 0u);
}

LaneStream::~LaneStream() = default;

void LaneStream::AppendWindow(Window window) {
  MutexLock lock(&mutex_);
  CHECK(!closed_);
  windows_.push_back(std::move(window));
  ReadAhead();
}

void LaneStream::CloseWindows() {
  MutexLock lock(&mutex_);
  closed_ = true;
}

uint64_t LaneStream::windows_opened() const {
  MutexLock lock(&mutex_);
  return windows_opened_;
}

void LaneStream::Skip(uint64_t minibatches) {
  examples_to_skip_ = minibatches * options_.mini_batch_size;
}

absl::StatusOr<MinibatchSource::Result> LaneStream::Next(
    std::vector<ExampleRef>* examples) {
  LINEUP_RETURN_IF_ERROR(error_);
  absl::StatusOr<MinibatchSource::Result> result = Fill(examples);
  error_ = result.status();
  return result;
}

absl::StatusOr<MinibatchSource::Result> LaneStream::Fill(
    std::vector<ExampleRef>* examples) {
  examples->clear();
  if (pending_.empty()) held_before_ = std::exchange(held_, {});
  while (pending_.size() < options_.mini_batch_size) {
    if (current_ == nullptr || position_ == current_->size()) {
      LINEUP_ASSIGN_OR_RETURN(const Opened opened, OpenWindow());
      if (opened == Opened::kWindow) continue;
      if (opened == Opened::kNone) return MinibatchSource::Result::kNeedSplit;
      if (pending_.empty() || options_.drop_last) {
        return MinibatchSource::Result::kEnd;
      }
      break;
    }
    const size_t end =
        std::min(current_->size(),
                 position_ + options_.mini_batch_size - pending_.size());
    current_->AppendTo(position_, end, &pending_);
    position_ = end;
    if (held_.empty() || held_.back() != current_) held_.push_back(current_);
  }
  examples->swap(pending_);
  return MinibatchSource::Result::kMinibatch;
}

absl::StatusOr<LaneStream::Opened> LaneStream::OpenWindow() {
  bool closed = false;
  const std::unique_ptr<WindowLoader> loader = TakeWindow(&closed);
  if (loader == nullptr) return closed ? Opened::kEnd : Opened::kNone;
  LINEUP_ASSIGN_OR_RETURN(current_, loader->Finish());
  position_ = std::min<uint64_t>(examples_to_skip_, current_->size());
  examples_to_skip_ -= position_;
  if (examples_to_skip_ == 0) {
    MutexLock lock(&mutex_);
    may_read_ahead_ = true;
    ReadAhead();
  }
  return Opened::kWindow;
}

std::unique_ptr<WindowLoader> LaneStream::TakeWindow(bool* closed) {
  MutexLock lock(&mutex_);
  while (ahead_ == nullptr && !windows_.empty() && Skips(windows_.front())) {
    windows_.pop_front();
    ++windows_opened_;
  }
  std::unique_ptr<WindowLoader> loader = std::move(ahead_);
  if (loader == nullptr && windows_.empty()) {
    *closed = closed_;
    return nullptr;
  }
  if (loader == nullptr) loader = StartFirst();
  ++windows_opened_;
  return loader;
}

bool LaneStream::Skips(const Window& window) {
  if (examples_to_skip_ == 0) return false;
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

std::unique_ptr<WindowLoader> LaneStream::StartFirst() {
  std::optional<uint64_t> seed;
  if (options_.shuffle) {
    seed = HashMix(HashMix(options_.seed, kPurpose, epoch_), lane_,
                   windows_opened_);
  }
  auto loader = std::make_unique<WindowLoader>(
      &cache_, std::move(windows_.front()), seed);
  windows_.pop_front();
  if (pool_.threads() > 1) loader->Start(&pool_);
  return loader;
}

void LaneStream::ReadAhead() {
  if (!may_read_ahead_ || ahead_ != nullptr || windows_.empty()) return;
  if (pool_.threads() > 1) ahead_ = StartFirst();
}

}  // namespace lineup
