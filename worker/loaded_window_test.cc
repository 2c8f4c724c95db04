#include "worker/loaded_window.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "worker/numbered_splits.h"

namespace lineup {
namespace {

std::vector<SplitPtr> Load(const NumberedSplits& splits) {
  std::vector<SplitPtr> loaded;
  for (size_t s = 0; s < splits.sizes.size(); ++s) {
    loaded.push_back(std::make_shared<const SplitExamples>(splits.Make(s)));
  }
  return loaded;
}

std::vector<int> NumbersOf(const std::vector<ExampleRef>& examples) {
  std::vector<int> numbers;
  for (const ExampleRef& e : examples) {
    numbers.push_back(static_cast<int>(e.block->labels[e.row]));
  }
  return numbers;
}

std::vector<int> UpTo(size_t n) {
  std::vector<int> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

// Blocks of the most different sizes, some of them empty.
NumberedSplits UnequalSplits() {
  NumberedSplits splits;
  splits.sizes = {1, 0, 1000, 3, 1, 1, 1, 5000, 0};
  splits.block_size = 900;
  return splits;
}

TEST(LoadedWindowTest, KeepsFileOrderWithoutASeed) {
  const NumberedSplits splits = UnequalSplits();
  const LoadedWindow window(Load(splits), std::nullopt);
  ASSERT_EQ(window.size(), splits.size());
  std::vector<ExampleRef> examples;
  // In pieces of any size.
  for (size_t begin = 0; begin < window.size(); begin += 77) {
    window.AppendTo(begin, std::min(window.size(), begin + 77), &examples);
  }
  EXPECT_EQ(NumbersOf(examples), UpTo(splits.size()));
}

TEST(LoadedWindowTest, HasEveryExampleOnceInTheSeedsOrder) {
  const NumberedSplits splits = UnequalSplits();
  std::vector<int> order[2];
  for (const uint64_t seed : {0, 1}) {
    const LoadedWindow window(Load(splits), seed);
    std::vector<ExampleRef> examples;
    window.AppendTo(0, window.size(), &examples);
    order[seed] = NumbersOf(examples);
    std::vector<int> sorted = order[seed];
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(sorted, UpTo(splits.size()));
  }
  EXPECT_NE(order[0], order[1]);
}

// What parsers make of blocks is theirs; the order must not hang on it.
TEST(LoadedWindowTest, OrderDoesNotDependOnBlocks) {
  std::vector<int> orders[2];
  for (const size_t i : {0, 1}) {
    NumberedSplits splits = UnequalSplits();
    splits.block_size = i == 0 ? 3 : 100'000;
    const LoadedWindow window(Load(splits), 7);
    std::vector<ExampleRef> examples;
    window.AppendTo(0, window.size(), &examples);
    orders[i] = NumbersOf(examples);
  }
  EXPECT_EQ(orders[0], orders[1]);
}

TEST(LoadedWindowTest, MayBeEmpty) {
  const LoadedWindow nothing({}, 1);
  EXPECT_EQ(nothing.size(), 0u);
  NumberedSplits splits;
  splits.sizes = {0, 0};
  const LoadedWindow empty(Load(splits), 1);
  EXPECT_EQ(empty.size(), 0u);
}

}  // namespace
}  // namespace lineup
