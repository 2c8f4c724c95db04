#include "worker/evaluate_split.h"

#include <optional>
#include <vector>

#include "common/base/random.h"
#include "common/linear/lineup_evaluation_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr uint32_t kFeatures = 500;

// Sums of products of such numbers are exact, in whatever order.
float RoundNumber(SplitMix64* random) {
  return static_cast<float>(static_cast<int>(random->Below(65)) - 32) / 64;
}

// Two blocks, the second of which has no example with features; some features
// are beyond those of the weights.
SplitExamples SparseExamples() {
  SplitMix64 random(1);
  SplitExamples split;
  split.blocks.resize(2);
  for (Examples& block : split.blocks) {
    block.sparse = true;
    block.row_starts = {0};
    const bool empty = &block == &split.blocks[1];
    for (int i = 0; i < 1000; ++i) {
      block.labels.push_back(static_cast<float>(random.Below(2)));
      for (uint32_t f = i % 7; !empty && f < kFeatures + 20;
           f += 1 + random.Below(200)) {
        block.feature_ids.push_back(f);
        block.values.push_back(RoundNumber(&random));
      }
      block.row_starts.push_back(block.feature_ids.size());
    }
    block.num_features = kFeatures + 20;
  }
  return split;
}

// What a candidate is evaluated to by itself is what a lineup of it alone is.
TEST(EvaluateSplitTest, ACandidateIsEvaluatedAsALineupOfOne) {
  const SplitExamples split = SparseExamples();
  struct Case {
    PredictorType type;
    LossType loss;
    size_t outputs;
  };
  for (const Case& c :
       {Case{PredictorType::kRegressor, LossType::kSquared, 1},
        Case{PredictorType::kMulticlassClassifier, LossType::kSoftmax, 3}}) {
    const LineupColumns columns = MixedColumns(1, c.outputs);
    const EvaluationSettings settings = SettingsFor(c.type, c.loss);
    SplitMix64 random(2);
    CandidateWeights weights;
    weights.num_features = kFeatures;
    for (size_t i = 0; i < kFeatures * c.outputs; ++i) {
      weights.weights.push_back(RoundNumber(&random));
    }
    weights.bias.assign(c.outputs, 0.25f);
    LineupEvaluation alone(settings, columns);
    ASSERT_TRUE(EvaluateCandidate(split, columns, weights, &alone).ok());
    LineupEvaluation lineup(settings, columns);
    const auto peek = [&](const RowSet& rows, std::optional<size_t>,
                          float* out) {
      ReadCandidate(weights, columns, rows, out);
      return absl::OkStatus();
    };
    ASSERT_TRUE(EvaluateSplit(split, peek, &lineup).ok());
    const LineupResults results = alone.Finish();
    EXPECT_EQ(results.num_examples, 2000u);
    ExpectNear(results.candidates[0].metrics,
               lineup.Finish().candidates[0].metrics);
  }
}

}  // namespace
}  // namespace lineup
