#include "worker/numbered_splits.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace lineup {
namespace {

constexpr uint32_t kFeatures = 3;

void AddExample(float number, Examples* block) {
  block->labels.push_back(number);
  if (!block->sparse) {
    block->values.insert(block->values.end(), {number, -number, 1});
    return;
  }
  if (block->row_starts.empty()) block->row_starts.push_back(0);
  // One to three features, so that rows differ in length.
  const uint32_t features = 1 + static_cast<uint32_t>(number) % kFeatures;
  for (uint32_t id = 0; id < features; ++id) {
    block->feature_ids.push_back(id);
    block->values.push_back(number);
  }
  block->row_starts.push_back(block->values.size());
}

}  // namespace

size_t NumberedSplits::size() const {
  return std::accumulate(sizes.begin(), sizes.end(), size_t{0});
}

SplitExamples NumberedSplits::Make(size_t split) const {
  const size_t first =
      std::accumulate(sizes.begin(), sizes.begin() + split, size_t{0});
  SplitExamples examples;
  for (size_t i = 0; i < sizes[split]; ++i) {
    if (i % block_size == 0) {
      examples.blocks.emplace_back();
      examples.blocks.back().sparse = sparse;
      examples.blocks.back().num_features = kFeatures;
    }
    AddExample(static_cast<float>(first + i), &examples.blocks.back());
  }
  return examples;
}

ExampleCache::Load NumberedSplits::Loader() const {
  return [splits = *this](size_t split) { return splits.Make(split); };
}

std::vector<int> NumbersOf(const SplitExamples& split) {
  std::vector<int> numbers;
  for (const Examples& block : split.blocks) {
    numbers.insert(numbers.end(), block.labels.begin(), block.labels.end());
  }
  return numbers;
}

}  // namespace lineup
