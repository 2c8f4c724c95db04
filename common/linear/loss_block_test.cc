#include "common/linear/loss_block.h"

#include <cmath>
#include <limits>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(LossBlockTest, LossesAreThoseOfSingleExamples) {
  SplitMix64 random(5);
  LossParameters parameters;
  parameters.positive_example_weight_mult = 3;
  parameters.loss_insensitivity = 0.5;
  for (const LossType loss :
       {LossType::kLogistic, LossType::kHinge, LossType::kSquared,
        LossType::kAbsolute, LossType::kEpsInsensitiveSquared,
        LossType::kEpsInsensitiveAbsolute, LossType::kQuantile,
        LossType::kHuber}) {
    for (const size_t size : {1u, 5u, 256u}) {
      std::vector<float> values, labels;
      for (size_t i = 0; i < size; ++i) {
        values.push_back(static_cast<float>(100 * random.Uniform() - 50));
        labels.push_back(static_cast<float>(random.Below(2)));
      }
      const BlockArray x = BlockOf(size, values.data());
      const BlockArray y = BlockOf(size, labels.data());
      float probabilities[kBlockExamples];
      const BlockArray losses = loss == LossType::kLogistic
                                    ? LogisticLosses(x, y, 3, probabilities)
                                    : ScalarLosses(loss, parameters, x, y);
      for (size_t i = 0; i < size; ++i) {
        const double expected =
            ExampleLoss(loss, parameters, {}, {values[i]}, labels[i]);
        EXPECT_NEAR(losses[i], expected, 4e-16 * expected) << values[i];
        if (loss == LossType::kLogistic) {
          EXPECT_EQ(probabilities[i], static_cast<float>(Sigmoid(values[i])));
        }
      }
    }
  }
}

TEST(LossBlockTest, LogisticDoesNotOverflow) {
  const std::vector<float> values = {3e38f, -3e38f, 3e38f, -3e38f, 0};
  const std::vector<float> labels = {1, 0, 0, 1, 1};
  float probabilities[kBlockExamples];
  const BlockArray losses = LogisticLosses(
      BlockOf(5, values.data()), BlockOf(5, labels.data()), 2, probabilities);
  EXPECT_LT(losses[0], 1e-300);
  EXPECT_LT(losses[1], 1e-300);
  EXPECT_EQ(losses[2], 3e38f);
  EXPECT_EQ(losses[3], 2 * double{3e38f});
  EXPECT_DOUBLE_EQ(losses[4], 2 * std::log(2.0));
  EXPECT_EQ(probabilities[0], 1);
  EXPECT_EQ(probabilities[1], 0);
  EXPECT_EQ(probabilities[4], 0.5f);
}

TEST(LossBlockTest, AnExampleIsComputedAlikeWhereverItStands) {
  const float value = -1.37f;
  const float label = 1;
  float probabilities[kBlockExamples];
  const double alone = LogisticLosses(BlockOf(1, &value), BlockOf(1, &label), 1,
                                      probabilities)[0];
  for (const size_t size : {2u, 3u, 6u, 255u}) {
    const std::vector<float> values(size, value);
    const std::vector<float> labels(size, label);
    const BlockArray losses =
        LogisticLosses(BlockOf(size, values.data()),
                       BlockOf(size, labels.data()), 1, probabilities);
    for (size_t i = 0; i < size; ++i) EXPECT_EQ(losses[i], alone);
  }
}

TEST(LossBlockTest, WhatIsBehindTheExamplesWeighsNothing) {
  const std::vector<float> weights = {2, 3, 4};
  EXPECT_EQ(BlockOfWeights(3, weights.data()).sum(), 9);
  EXPECT_EQ(BlockOfWeights(3, nullptr).sum(), 3);
  EXPECT_EQ(BlockOfWeights(256, nullptr).sum(), 256);
}

TEST(LossBlockTest, FindsWhatIsNotFinite) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  EXPECT_TRUE(AllFinite(0, nullptr));
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::vector<float> values(size, at % 2 == 0 ? kLargest : -kLargest);
      EXPECT_TRUE(AllFinite(size, values.data()));
      for (const float bad : {INFINITY, -INFINITY, NAN}) {
        values[at] = bad;
        EXPECT_FALSE(AllFinite(size, values.data())) << size << " " << at;
      }
    }
  }
}

}  // namespace
}  // namespace lineup
