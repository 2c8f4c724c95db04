#include "worker/minibatch.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

Examples Dense(size_t size, uint32_t features, uint64_t seed) {
  Examples examples;
  SplitMix64 random(seed);
  examples.num_features = features;
  for (size_t i = 0; i < size; ++i) {
    examples.labels.push_back(random.Uniform());
    for (uint32_t f = 0; f < features; ++f) {
      examples.values.push_back(random.Uniform());
    }
  }
  return examples;
}

// Up to `max_values` non-zeros an example, some examples without any.
Examples Sparse(size_t size, uint32_t features, size_t max_values,
                uint64_t seed) {
  Examples examples;
  SplitMix64 random(seed);
  examples.sparse = true;
  examples.num_features = features;
  examples.row_starts.push_back(0);
  for (size_t i = 0; i < size; ++i) {
    examples.labels.push_back(random.Uniform());
    std::map<uint32_t, float> row;
    for (size_t j = random.Below(max_values + 1); j > 0; --j) {
      // Some features are frequent.
      const uint32_t among =
          random.Below(2) == 0 ? features : features / 50 + 1;
      row[random.Below(among)] = 2 * random.Uniform() - 1;
    }
    for (const auto& [id, value] : row) {
      examples.feature_ids.push_back(id);
      examples.values.push_back(value);
    }
    examples.row_starts.push_back(examples.feature_ids.size());
  }
  return examples;
}

// All examples of the blocks, in a random order.
std::vector<ExampleRef> ShuffledRefs(const std::vector<Examples>& blocks) {
  std::vector<ExampleRef> refs;
  for (const Examples& block : blocks) {
    for (uint32_t i = 0; i < block.size(); ++i) refs.push_back({&block, i});
  }
  SplitMix64 random(17);
  Shuffle(absl::MakeSpan(refs), random);
  return refs;
}

// The non-zeros of an example: row of the weight matrix and value.
std::vector<std::pair<uint32_t, float>> NonZeros(const ExampleRef& example) {
  std::vector<std::pair<uint32_t, float>> result;
  const Examples& block = *example.block;
  for (uint64_t j = block.row_starts[example.row];
       j < block.row_starts[example.row + 1]; ++j) {
    result.emplace_back(block.feature_ids[j] + 1, block.values[j]);
  }
  return result;
}

// Holds a sparse minibatch against its examples, element by element.
void ExpectIsOf(const std::vector<ExampleRef>& examples,
                const Minibatch& minibatch) {
  ASSERT_EQ(minibatch.size, examples.size());
  ASSERT_TRUE(minibatch.sparse);
  // By row, in example order, as a plain map.
  std::map<uint32_t, std::vector<std::pair<uint32_t, float>>> by_row;
  by_row[kBiasRow] = {};
  for (uint32_t i = 0; i < examples.size(); ++i) {
    EXPECT_EQ(minibatch.labels[i], examples[i].block->labels[examples[i].row]);
    const auto want = NonZeros(examples[i]);
    const uint32_t begin = minibatch.example_starts[i];
    ASSERT_EQ(minibatch.example_starts[i + 1] - begin, want.size());
    for (size_t j = 0; j < want.size(); ++j) {
      ASSERT_EQ(minibatch.rows.row(minibatch.row_indexes[begin + j]),
                want[j].first);
      ASSERT_EQ(minibatch.values[begin + j], want[j].second);
      by_row[want[j].first].emplace_back(i, want[j].second);
    }
  }
  ASSERT_EQ(minibatch.rows.size(), by_row.size());
  EXPECT_EQ(minibatch.rows.row(minibatch.bias_index), kBiasRow);
  for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
    const size_t first = minibatch.rows.first(stripe);
    for (size_t j = 0; j < minibatch.rows.count(stripe); ++j) {
      const size_t index = first + j * minibatch.rows.stride();
      const uint32_t row = minibatch.rows.row(index);
      ASSERT_EQ(StripeOfRow(row), stripe);
      const auto found = by_row.find(row);
      ASSERT_NE(found, by_row.end());
      const uint32_t begin = minibatch.row_starts[index];
      ASSERT_EQ(minibatch.row_starts[index + 1] - begin, found->second.size());
      for (size_t v = 0; v < found->second.size(); ++v) {
        const Minibatch::RowValue& value = minibatch.row_values[begin + v];
        ASSERT_EQ(value.example, found->second[v].first);
        ASSERT_EQ(value.value, found->second[v].second);
      }
      by_row.erase(found);
    }
  }
  EXPECT_TRUE(by_row.empty());
}

TEST(MinibatchTest, DenseRowsAreThoseOfTheExamples) {
  const std::vector<Examples> blocks = {Dense(10, 7, 1), Dense(5, 7, 2)};
  const std::vector<ExampleRef> refs = ShuffledRefs(blocks);
  Minibatch minibatch;
  MinibatchBuilder().Build(refs, &minibatch);
  ASSERT_EQ(minibatch.size, 15);
  EXPECT_FALSE(minibatch.sparse);
  EXPECT_EQ(minibatch.num_features, 7);
  EXPECT_TRUE(minibatch.rows.is_all());
  EXPECT_EQ(minibatch.rows.size(), 8);  // and the bias
  EXPECT_EQ(minibatch.bias_index, 0);
  EXPECT_EQ(minibatch.weights_or_null(), nullptr);
  for (size_t i = 0; i < refs.size(); ++i) {
    EXPECT_EQ(minibatch.labels[i], refs[i].block->labels[refs[i].row]);
    for (size_t f = 0; f < 7; ++f) {
      EXPECT_EQ(minibatch.dense_rows[i][f],
                refs[i].block->values[refs[i].row * 7 + f]);
    }
  }
}

TEST(MinibatchTest, SparseIsGroupedByRow) {
  MinibatchBuilder builder;  // and used again
  Minibatch minibatch;
  for (const uint32_t features : {1u, 15u, 16u, 300u, 100000u, 3000000000u}) {
    for (const size_t max_values : {0, 3, 40}) {
      const std::vector<Examples> blocks = {
          Sparse(50, features, max_values, 1),
          Sparse(70, features / 2 + 1, max_values, 2)};
      const std::vector<ExampleRef> refs = ShuffledRefs(blocks);
      builder.Build(refs, &minibatch);
      SCOPED_TRACE(testing::Message() << features << " features");
      ExpectIsOf(refs, minibatch);
    }
  }
}

TEST(MinibatchTest, TheHighestFeatureIds) {
  Examples examples;
  examples.sparse = true;
  examples.num_features = 4294967295u;
  examples.labels = {1};
  examples.feature_ids = {0, 4294967293u, 4294967294u};
  examples.values = {1, 2, 3};
  examples.row_starts = {0, 3};
  const std::vector<ExampleRef> refs = {{&examples, 0}};
  Minibatch minibatch;
  MinibatchBuilder().Build(refs, &minibatch);
  ExpectIsOf(refs, minibatch);
}

TEST(MinibatchTest, OneExampleManyTimes) {
  const std::vector<Examples> blocks = {Sparse(3, 100, 20, 5)};
  const std::vector<ExampleRef> refs(200, {&blocks[0], 1});
  Minibatch minibatch;
  MinibatchBuilder().Build(refs, &minibatch);
  ExpectIsOf(refs, minibatch);
}

TEST(MinibatchTest, AMinibatchMayShrink) {
  const std::vector<Examples> blocks = {Sparse(500, 1000, 30, 6)};
  std::vector<ExampleRef> refs = ShuffledRefs(blocks);
  MinibatchBuilder builder;
  Minibatch minibatch;
  builder.Build(refs, &minibatch);
  refs.resize(2);
  builder.Build(refs, &minibatch);
  ExpectIsOf(refs, minibatch);
  EXPECT_EQ(minibatch.row_starts.size(), minibatch.rows.size() + 1);
  EXPECT_EQ(minibatch.row_values.size(), minibatch.values.size());
}

TEST(MinibatchTest, BlocksWithoutWeightsCountOne) {
  std::vector<Examples> blocks = {Dense(3, 2, 1), Dense(3, 2, 2)};
  blocks[1].weights = {2, 3, 4};
  const std::vector<ExampleRef> refs = {
      {&blocks[0], 0}, {&blocks[1], 0}, {&blocks[1], 2}, {&blocks[0], 2}};
  Minibatch minibatch;
  MinibatchBuilder builder;
  builder.Build(refs, &minibatch);
  EXPECT_EQ(minibatch.weights, (std::vector<float>{1, 2, 4, 1}));
  EXPECT_EQ(minibatch.weights_or_null(), minibatch.weights.data());
  builder.Build(absl::MakeConstSpan(refs).first(1), &minibatch);
  EXPECT_TRUE(minibatch.weights.empty());
}

}  // namespace
}  // namespace lineup
