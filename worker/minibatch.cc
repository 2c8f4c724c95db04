#include "worker/minibatch.h"

#include <algorithm>
#include <array>
#include <utility>

namespace lineup {
namespace {

bool AnyWeights(absl::Span<const ExampleRef> examples) {
  const Examples* last = nullptr;
  for (const ExampleRef& e : examples) {
    if (e.block == last) continue;
    last = e.block;
    if (!e.block->weights.empty()) return true;
  }
  return false;
}

// Shuffled examples are anywhere in memory, and so are their features'
// entries: both are asked for ahead of time.
constexpr size_t kPrefetchExamples = 4;

void PrefetchExample(const ExampleRef& example) {
  const Examples& block = *example.block;
  const uint64_t end = block.row_starts[example.row + 1];
  constexpr uint64_t kPerLine = kCacheLineBytes / sizeof(float);
  for (uint64_t j = block.row_starts[example.row]; j < end; j += kPerLine) {
    __builtin_prefetch(&block.feature_ids[j]);
    __builtin_prefetch(&block.values[j]);
  }
}

}  // namespace

void MinibatchBuilder::PrefetchSeen(const ExampleRef& example) const {
  const Examples& block = *example.block;
  const uint64_t end = block.row_starts[example.row + 1];
  for (uint64_t j = block.row_starts[example.row]; j < end; ++j) {
    __builtin_prefetch(&seen_[block.feature_ids[j]], 1);
  }
}

void MinibatchBuilder::Build(absl::Span<const ExampleRef> examples,
                             Minibatch* minibatch) {
  Minibatch& out = *minibatch;
  out.size = examples.size();
  out.sparse = !examples.empty() && examples[0].block->sparse;
  out.labels.resize(out.size);
  const bool weighted = AnyWeights(examples);
  out.weights.resize(weighted ? out.size : 0);
  for (size_t i = 0; i < out.size; ++i) {
    const ExampleRef& e = examples[i];
    out.labels[i] = e.block->labels[e.row];
    if (weighted) {
      out.weights[i] =
          e.block->weights.empty() ? 1.0f : e.block->weights[e.row];
    }
  }
  if (out.sparse) {
    GatherSparse(examples, &out);
    GroupRows(&out);
    Transpose(&out);
  } else {
    GatherDense(examples, &out);
  }
}

void MinibatchBuilder::GatherDense(absl::Span<const ExampleRef> examples,
                                   Minibatch* out) {
  const uint32_t width = examples.empty() ? 0 : examples[0].block->num_features;
  out->num_features = width;
  out->rows = RowSet::All(width + 1);
  out->bias_index = kBiasRow;
  out->dense.resize(out->size * width);
  for (size_t i = 0; i < out->size; ++i) {
    const float* x =
        &examples[i].block->values[size_t{examples[i].row} * width];
    std::copy(x, x + width, &out->dense[i * width]);
  }
}

void MinibatchBuilder::GatherSparse(absl::Span<const ExampleRef> examples,
                                    Minibatch* out) {
  size_t num_values = 0;
  for (const ExampleRef& e : examples) {
    num_values += e.block->row_starts[e.row + 1] - e.block->row_starts[e.row];
    if (e.block->num_features > seen_.size()) {
      seen_.resize(std::max<size_t>(e.block->num_features, seen_.size() * 2));
    }
  }
  distinct_.resize(num_values + 2);  // one past the end is scratch
  occurrences_.resize(num_values + 2);
  distinct_[0] = kBiasRow;
  occurrences_[0] = 0;
  uint32_t num_distinct = 1;
  out->example_starts.resize(out->size + 1);
  out->row_indexes.resize(num_values);
  out->values.resize(num_values);
  uint32_t at = 0;
  for (size_t i = 0; i < out->size; ++i) {
    out->example_starts[i] = at;
    const Examples& block = *examples[i].block;
    const uint64_t begin = block.row_starts[examples[i].row];
    const uint64_t end = block.row_starts[examples[i].row + 1];
    if (i + kPrefetchExamples < out->size) {
      PrefetchExample(examples[i + kPrefetchExamples]);
    }
    if (i + 1 < out->size) PrefetchSeen(examples[i + 1]);
    for (uint64_t j = begin; j < end; ++j) {
      // Without a branch: whether a feature is new is a coin toss.
      const uint32_t feature = block.feature_ids[j];
      const uint32_t seen = seen_[feature];
      const bool is_new = seen == 0;
      const uint32_t index = is_new ? num_distinct : seen - 1;
      seen_[feature] = index + 1;
      distinct_[num_distinct] = RowOfFeature(feature);
      occurrences_[num_distinct] = 0;
      num_distinct += is_new;
      ++occurrences_[index];
      out->row_indexes[at] = index;
      out->values[at] = block.values[j];
      ++at;
    }
  }
  out->example_starts[out->size] = at;
  distinct_.resize(num_distinct);
  for (size_t d = 1; d < num_distinct; ++d) seen_[distinct_[d] - 1] = 0;
}

void MinibatchBuilder::GroupRows(Minibatch* out) {
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (const uint32_t row : distinct_) ++begins[StripeOfRow(row) + 1];
  for (uint32_t s = 0; s < kNumStripes; ++s) begins[s + 1] += begins[s];
  std::array<uint32_t, kNumStripes + 1> next = begins;
  std::vector<uint32_t> rows = out->rows.TakeRows();
  rows.resize(distinct_.size());
  grouped_.resize(distinct_.size());
  out->row_starts.resize(distinct_.size() + 1);
  for (size_t d = 0; d < distinct_.size(); ++d) {
    const uint32_t index = next[StripeOfRow(distinct_[d])]++;
    rows[index] = distinct_[d];
    grouped_[d] = index;
    out->row_starts[index + 1] = occurrences_[d];
  }
  out->bias_index = grouped_[0];
  out->rows = RowSet::Grouped(std::move(rows), begins);
}

void MinibatchBuilder::Transpose(Minibatch* out) {
  out->row_starts[0] = 0;
  for (size_t r = 1; r < out->row_starts.size(); ++r) {
    out->row_starts[r] += out->row_starts[r - 1];
  }
  cursor_.assign(out->row_starts.begin(), out->row_starts.end() - 1);
  out->row_values.resize(out->row_indexes.size());
  for (uint32_t i = 0; i < out->size; ++i) {
    for (uint32_t j = out->example_starts[i]; j < out->example_starts[i + 1];
         ++j) {
      const uint32_t index = grouped_[out->row_indexes[j]];
      out->row_indexes[j] = index;
      out->row_values[cursor_[index]++] = {i, out->values[j]};
    }
  }
}

}  // namespace lineup
