#include "worker/loaded_window.h"

#include <algorithm>
#include <utility>

#include "glog/logging.h"
#include "worker/random_order.h"

namespace lineup {
namespace {

// Table entries for each block: with a few, most positions are found at once.
constexpr size_t kEntriesPerBlock = 8;

}  // namespace

LoadedWindow::LoadedWindow(std::vector<SplitPtr> splits,
                           std::optional<uint64_t> seed)
    : splits_(std::move(splits)) {
  for (const SplitPtr& split : splits_) {
    for (const Examples& block : split->blocks) {
      if (block.empty()) continue;
      size_ += block.size();
      CHECK_LE(size_, kMaxExamples);
      blocks_.push_back(&block);
      block_ends_.push_back(static_cast<uint32_t>(size_));
    }
  }
  MakeTable();
  if (seed.has_value()) {
    order_ = RandomOrder(static_cast<uint32_t>(size_), *seed);
  }
}

void LoadedWindow::MakeTable() {
  while (size_ >> (shift_ + 1) >= blocks_.size() * kEntriesPerBlock &&
         shift_ < 31) {
    ++shift_;
  }
  uint32_t block = 0;
  for (size_t position = 0; position < size_; position += size_t{1} << shift_) {
    while (position >= block_ends_[block]) ++block;
    block_at_.push_back(block);
  }
}

void LoadedWindow::AppendTo(size_t begin, size_t end,
                            std::vector<ExampleRef>* out) const {
  const size_t old_size = out->size();
  out->resize(old_size + end - begin);
  ExampleRef* to = out->data() + old_size;
  for (size_t i = begin; i < end; ++i) {
    const uint32_t position =
        order_.empty() ? static_cast<uint32_t>(i) : order_[i];
    uint32_t block = block_at_[position >> shift_];
    while (position >= block_ends_[block]) ++block;
    const uint32_t first = block == 0 ? 0 : block_ends_[block - 1];
    *to++ = {blocks_[block], position - first};
  }
}

}  // namespace lineup
