#include "worker/minibatch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/prefetch.h"
#include "common/linear/aligned.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// Shuffled examples are anywhere in memory: first what says where an
// example's non-zeros are is asked for, then the non-zeros.
constexpr size_t kPrefetchStarts = 16;
constexpr size_t kPrefetchExamples = 6;

void PrefetchStart(const ExampleRef& example) {
  Prefetch(&example.block->row_starts[example.row]);
}

void PrefetchNonZeros(const ExampleRef& example) {
  const Examples& block = *example.block;
  const uint64_t end = block.row_starts[example.row + 1];
  constexpr uint64_t kPerLine = kCacheLineBytes / sizeof(float);
  for (uint64_t j = block.row_starts[example.row]; j < end; j += kPerLine) {
    Prefetch(&block.feature_ids[j]);
    Prefetch(&block.values[j]);
  }
}

bool AnyWeights(absl::Span<const ExampleRef> examples) {
  const Examples* last = nullptr;
  for (const ExampleRef& e : examples) {
    if (e.block == last) continue;
    last = e.block;
    if (!e.block->weights.empty()) return true;
  }
  return false;
}

// Digits of the radix sort: few values for few keys, for each value has a
// counter to be set to zero.
constexpr int kDigitBits = 11;
constexpr int kDigitBitsOfFew = 6;
constexpr size_t kFewKeys = 1024;

}  // namespace

// Numbers rows so that those of a stripe stand together: bits of the stripe
// above the others. The bias is number 0.
class MinibatchBuilder::StripeOrder {
 public:
  explicit StripeOrder(absl::Span<const ExampleRef> examples) {
    uint32_t features = 0;
    for (const ExampleRef& e : examples) {
      features = std::max(features, e.block->num_features);
    }
    while (features / kNumStripes >> local_bits_ != 0) ++local_bits_;
  }

  int bits() const { return local_bits_ + kStripeBits; }
  uint32_t NumberOf(uint32_t row) const {
    return row % kNumStripes << local_bits_ | row / kNumStripes;
  }
  uint32_t RowOf(uint32_t number) const {
    const uint32_t stripe = number >> local_bits_;
    return (number - (stripe << local_bits_)) * kNumStripes + stripe;
  }

 private:
  static constexpr int kStripeBits = 4;
  static_assert(kNumStripes == 1 << kStripeBits);

  int local_bits_ = 0;
};

void MinibatchBuilder::Build(absl::Span<const ExampleRef> examples,
                             Minibatch* minibatch) {
  CHECK(!examples.empty());
  minibatch->size = examples.size();
  minibatch->sparse = examples[0].block->sparse;
  CopyLabels(examples, minibatch);
  if (!minibatch->sparse) {
    ListDenseRows(examples, minibatch);
    return;
  }
  const StripeOrder order(examples);
  GatherSparse(examples, order, minibatch);
  SortKeys(order.bits());
  GroupByRow(order, minibatch);
}

void MinibatchBuilder::CopyLabels(absl::Span<const ExampleRef> examples,
                                  Minibatch* out) {
  const bool weighted = AnyWeights(examples);
  out->labels.resize(out->size);
  out->weights.resize(weighted ? out->size : 0);
  for (size_t i = 0; i < out->size; ++i) {
    const ExampleRef& e = examples[i];
    out->labels[i] = e.block->labels[e.row];
    if (weighted) {
      out->weights[i] =
          e.block->weights.empty() ? 1.0f : e.block->weights[e.row];
    }
  }
}

void MinibatchBuilder::ListDenseRows(absl::Span<const ExampleRef> examples,
                                     Minibatch* out) {
  const uint32_t width = examples[0].block->num_features;
  out->num_features = width;
  out->rows = RowSet::All(width + 1);
  out->bias_index = kBiasRow;
  out->dense_rows.resize(out->size);
  for (size_t i = 0; i < out->size; ++i) {
    out->dense_rows[i] =
        examples[i].block->values.data() + size_t{examples[i].row} * width;
  }
}

void MinibatchBuilder::GatherSparse(absl::Span<const ExampleRef> examples,
                                    const StripeOrder& order, Minibatch* out) {
  for (size_t i = 0; i < out->size; ++i) {
    if (i + kPrefetchStarts < out->size) {
      PrefetchStart(examples[i + kPrefetchStarts]);
    }
  }
  out->example_starts.resize(out->size + 1);
  out->example_starts[0] = 0;
  for (size_t i = 0; i < out->size; ++i) {
    const uint64_t* const starts =
        &examples[i].block->row_starts[examples[i].row];
    out->example_starts[i + 1] =
        out->example_starts[i] + static_cast<uint32_t>(starts[1] - starts[0]);
  }
  const size_t num_values = out->example_starts[out->size];
  keys_.resize(num_values);
  example_of_.resize(num_values);
  out->values.resize(num_values);
  for (uint32_t i = 0; i < out->size; ++i) {
    if (i + kPrefetchExamples < out->size) {
      PrefetchNonZeros(examples[i + kPrefetchExamples]);
    }
    const Examples& block = *examples[i].block;
    const uint64_t from = block.row_starts[examples[i].row];
    const uint32_t begin = out->example_starts[i];
    const uint32_t end = out->example_starts[i + 1];
    const uint32_t* const ids = block.feature_ids.data() + from - begin;
    const float* const values = block.values.data() + from - begin;
    for (uint32_t at = begin; at < end; ++at) {
      const uint32_t number = order.NumberOf(RowOfFeature(ids[at]));
      keys_[at] = SortKey{number} << 32 | at;
      example_of_[at] = i;
      out->values[at] = values[at];
    }
  }
}

void MinibatchBuilder::SortKeys(int bits) {
  const int digit_bits = keys_.size() < kFewKeys ? kDigitBitsOfFew : kDigitBits;
  const int digits = (bits + digit_bits - 1) / digit_bits;
  const int width = (bits + digits - 1) / digits;
  const uint32_t mask = (1u << width) - 1;
  sorted_.resize(keys_.size());
  for (int digit = 0; digit < digits; ++digit) {
    const int shift = 32 + digit * width;
    counts_.assign(mask + 2, 0);
    for (const SortKey key : keys_) ++counts_[(key >> shift & mask) + 1];
    for (size_t i = 1; i < counts_.size(); ++i) counts_[i] += counts_[i - 1];
    for (const SortKey key : keys_) {
      sorted_[counts_[key >> shift & mask]++] = key;
    }
    keys_.swap(sorted_);
  }
}

void MinibatchBuilder::GroupByRow(const StripeOrder& order, Minibatch* out) {
  const size_t num_values = keys_.size();
  out->row_indexes.resize(num_values);
  out->row_values.resize(num_values);
  out->row_starts.resize(num_values + 2);
  std::vector<uint32_t> rows = out->rows.TakeRows();
  rows.resize(num_values + 1);
  // The bias comes first and has no values of its own.
  rows[0] = kBiasRow;
  out->row_starts[0] = out->row_starts[1] = 0;
  uint32_t index = 0;
  uint32_t last = order.NumberOf(kBiasRow);
  for (size_t s = 0; s < num_values; ++s) {
    const uint32_t number = static_cast<uint32_t>(keys_[s] >> 32);
    const uint32_t at = static_cast<uint32_t>(keys_[s]);
    index += number != last;
    last = number;
    rows[index] = order.RowOf(number);
    out->row_starts[index + 1] = static_cast<uint32_t>(s + 1);
    out->row_indexes[at] = index;
    out->row_values[s] = {example_of_[at], out->values[at]};
  }
  rows.resize(index + 1);
  out->row_starts.resize(index + 2);
  out->bias_index = 0;
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (const uint32_t row : rows) ++begins[StripeOfRow(row) + 1];
  for (uint32_t s = 0; s < kNumStripes; ++s) begins[s + 1] += begins[s];
  out->rows = RowSet::Grouped(std::move(rows), begins);
}

}  // namespace lineup
