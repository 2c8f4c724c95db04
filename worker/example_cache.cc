#include "worker/example_cache.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"

namespace lineup {

uint64_t SplitExamples::size() const {
  uint64_t sum = 0;
  for (const Examples& block : blocks) sum += block.size();
  return sum;
}

uint64_t SplitExamples::bytes() const {
  uint64_t sum = 0;
  for (const Examples& block : blocks) sum += block.bytes();
  return sum;
}

uint32_t SplitExamples::num_features() const {
  uint32_t features = 0;
  for (const Examples& block : blocks) {
    features = std::max(features, block.num_features);
  }
  return features;
}

ExampleCache::ExampleCache(size_t num_splits, Options options, Load load)
    : options_(std::move(options)),
      load_(std::move(load)),
      spill_(options_.spill_directory),
      splits_(num_splits) {}

absl::StatusOr<SplitPtr> ExampleCache::Get(size_t split) {
  SpillFile::Range at;
  {
    MutexLock lock(&mutex_);
    while (splits_[split].state == State::kLoading) loaded_.Wait(&mutex_);
    Entry& entry = splits_[split];
    if (entry.state == State::kInMemory) return entry.examples;
    if (entry.state == State::kOnDisk) at = entry.at;
    if (entry.state == State::kUnknown) entry.state = State::kLoading;
  }
  if (at.size > 0) {
    LINEUP_ASSIGN_OR_RETURN(std::vector<Examples> blocks, spill_.Read(at));
    return std::make_shared<const SplitExamples>(
        SplitExamples{std::move(blocks)});
  }
  absl::StatusOr<SplitExamples> loaded = load_(split);
  absl::Status status = loaded.status();
  SplitPtr examples;
  if (status.ok()) {
    examples = std::make_shared<const SplitExamples>(*std::move(loaded));
    status = Keep(split, examples);
  }
  MutexLock lock(&mutex_);
  if (!status.ok()) splits_[split].state = State::kUnknown;
  loaded_.SignalAll();
  if (!status.ok()) return status;
  return examples;
}

absl::Status ExampleCache::Keep(size_t split, const SplitPtr& examples) {
  const uint64_t bytes = examples->bytes();
  {
    MutexLock lock(&mutex_);
    ++statistics_.loads;
    num_features_ = std::max(num_features_, examples->num_features());
    Entry& entry = splits_[split];
    entry.size = examples->size();
    if (statistics_.memory_bytes + bytes <= options_.memory_bytes) {
      statistics_.memory_bytes += bytes;
      entry.examples = examples;
      entry.state = State::kInMemory;
      return absl::OkStatus();
    }
  }
  LINEUP_ASSIGN_OR_RETURN(const SpillFile::Range at,
                          spill_.Append(examples->blocks));
  MutexLock lock(&mutex_);
  statistics_.disk_bytes += at.size;
  splits_[split].at = at;
  splits_[split].state = State::kOnDisk;
  return absl::OkStatus();
}

std::optional<uint64_t> ExampleCache::SizeOf(size_t split) const {
  MutexLock lock(&mutex_);
  const Entry& entry = splits_[split];
  if (entry.state != State::kInMemory && entry.state != State::kOnDisk) {
    return std::nullopt;
  }
  return entry.size;
}

uint32_t ExampleCache::num_features() const {
  MutexLock lock(&mutex_);
  return num_features_;
}

ExampleCache::Statistics ExampleCache::statistics() const {
  MutexLock lock(&mutex_);
  return statistics_;
}

}  // namespace lineup
