#include "worker/example_cache.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// Parsers reserve room by an estimate. What is much too large would make the
// budget a fiction.
template <typename Vector>
void GiveBackRoom(Vector* values) {
  if (values->capacity() - values->size() > values->size() / 4) {
    values->shrink_to_fit();
  }
}

SplitPtr Compacted(SplitExamples examples) {
  for (Examples& block : examples.blocks) {
    GiveBackRoom(&block.labels);
    GiveBackRoom(&block.weights);
    GiveBackRoom(&block.values);
    GiveBackRoom(&block.feature_ids);
    GiveBackRoom(&block.row_starts);
  }
  return std::make_shared<const SplitExamples>(std::move(examples));
}

}  // namespace

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
    : num_splits_(num_splits),
      options_(std::move(options)),
      load_(std::move(load)),
      spill_(options_.spill_directory),
      splits_(num_splits) {}

absl::StatusOr<SplitPtr> ExampleCache::Get(size_t split) {
  std::shared_ptr<Attempt> attempt;
  std::optional<SpillFile::Stored> spilled;
  {
    MutexLock lock(&mutex_);
    CHECK_LT(split, splits_.size());
    Entry& entry = splits_[split];
    if (entry.resident != nullptr) return entry.resident;
    if (SplitPtr lent = entry.lent.lock()) return lent;
    if (entry.attempt != nullptr) {
      attempt = entry.attempt;
      while (!attempt->result.has_value()) attempt_ended_.Wait(&mutex_);
      return *attempt->result;
    }
    attempt = entry.attempt = std::make_shared<Attempt>();
    spilled = entry.spilled;
  }
  absl::StatusOr<SplitPtr> result =
      spilled.has_value() ? ReadBack(*spilled) : LoadAndKeep(split);
  MutexLock lock(&mutex_);
  if (result.ok()) splits_[split].lent = *result;
  splits_[split].attempt = nullptr;
  attempt->result = result;
  attempt_ended_.SignalAll();
  return result;
}

absl::StatusOr<SplitPtr> ExampleCache::ReadBack(
    const SpillFile::Stored& stored) {
  LINEUP_ASSIGN_OR_RETURN(std::vector<Examples> blocks, spill_.Read(stored));
  MutexLock lock(&mutex_);
  ++statistics_.disk_reads;
  return std::make_shared<const SplitExamples>(
      SplitExamples{std::move(blocks)});
}

absl::StatusOr<SplitPtr> ExampleCache::LoadAndKeep(size_t split) {
  LINEUP_ASSIGN_OR_RETURN(SplitExamples loaded, load_(split));
  const SplitPtr examples = Compacted(std::move(loaded));
  LINEUP_ASSIGN_OR_RETURN(const bool stays, Admit(split, examples));
  if (stays || options_.spill_directory.empty()) return examples;
  LINEUP_ASSIGN_OR_RETURN(SpillFile::Stored stored,
                          spill_.Append(examples->blocks));
  MutexLock lock(&mutex_);
  statistics_.disk_bytes += stored.bytes;
  splits_[split].spilled = std::move(stored);
  return examples;
}

absl::StatusOr<bool> ExampleCache::Admit(size_t split,
                                         const SplitPtr& examples) {
  const uint64_t size = examples->size();
  const uint64_t bytes = examples->bytes();
  MutexLock lock(&mutex_);
  Entry& entry = splits_[split];
  if (entry.size.value_or(size) != size) {
    return absl::FailedPreconditionError(
        absl::StrCat("the data have changed since training began: split ",
                     split, " had ", *entry.size, " examples and has ", size,
                     " now; train again, on files that stay as they are"));
  }
  entry.size = size;
  ++statistics_.loads;
  num_features_ = std::max(num_features_, examples->num_features());
  if (bytes > options_.memory_bytes - statistics_.memory_bytes) return false;
  statistics_.memory_bytes += bytes;
  entry.resident = examples;
  return true;
}

std::optional<uint64_t> ExampleCache::SizeOf(size_t split) const {
  MutexLock lock(&mutex_);
  return splits_[split].size;
}

void ExampleCache::TellSize(size_t split, uint64_t size) {
  MutexLock lock(&mutex_);
  Entry& entry = splits_[split];
  if (!entry.size.has_value()) entry.size = size;
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
