// The examples of one window in memory, in the order in which a lane sees
// them: file order, or an order that a seed decides.
//
// Thread safety: immutable after construction.

#ifndef LINEUP_WORKER_LOADED_WINDOW_H_
#define LINEUP_WORKER_LOADED_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/example_cache.h"
#include "worker/minibatch.h"

namespace lineup {

class LoadedWindow {
 public:
  // Positions are kept in 32 bits.
  static constexpr uint64_t kMaxExamples = UINT32_MAX;

  // The window's splits in order, with at most kMaxExamples examples in all.
  // Without a seed the examples stay in that order.
  LoadedWindow(std::vector<SplitPtr> splits, std::optional<uint64_t> seed);

  size_t size() const { return size_; }

  // Appends examples [begin, end) of the order to `out`. They refer to memory
  // that lives as long as the window.
  void AppendTo(size_t begin, size_t end, std::vector<ExampleRef>* out) const;

 private:
  // Which block a position is in takes a look into a table and a step or two:
  // for every 2^shift positions the table has the block of the first.
  void MakeTable();

  std::vector<SplitPtr> splits_;
  std::vector<const Examples*> blocks_;
  std::vector<uint32_t> block_ends_;  // positions, in file order
  size_t size_ = 0;
  std::vector<uint32_t> order_;  // positions; empty: file order
  int shift_ = 0;
  std::vector<uint32_t> block_at_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LOADED_WINDOW_H_
