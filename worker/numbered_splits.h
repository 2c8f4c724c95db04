// Made-up splits for tests: every example is told apart by its label, which is
// its number in the data.
//
// Thread safety: pure functions.

#ifndef LINEUP_WORKER_NUMBERED_SPLITS_H_
#define LINEUP_WORKER_NUMBERED_SPLITS_H_

#include <cstddef>
#include <vector>

#include "worker/example_cache.h"

namespace lineup {

struct NumberedSplits {
  std::vector<size_t> sizes;  // examples of each split, less than 2^24 in all
  bool sparse = false;
  size_t block_size = 7;  // of all blocks of a split but the last

  size_t size() const;  // examples in all
  SplitExamples Make(size_t split) const;
  // To make a cache with.
  ExampleCache::Load Loader() const;
};

// The numbers of the examples, in order.
std::vector<int> NumbersOf(const SplitExamples& split);

}  // namespace lineup

#endif  // LINEUP_WORKER_NUMBERED_SPLITS_H_
