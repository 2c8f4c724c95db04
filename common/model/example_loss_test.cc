#include "common/model/example_loss.h"

#include <cmath>

#include "common/model/test_models.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

double Regression(LossType loss, double value, double label) {
  LinearModel model = SmallRegressionModel();
  model.loss = loss;
  model.loss_parameters.quantile = 0.9;
  model.loss_parameters.huber_delta = 2;
  model.loss_parameters.loss_insensitivity = 0.5;
  return ExampleLoss(model, {value}, label);
}

TEST(ExampleLossTest, Regression) {
  EXPECT_DOUBLE_EQ(Regression(LossType::kSquared, 5, 2), 9);
  EXPECT_DOUBLE_EQ(Regression(LossType::kAbsolute, 2, 5), 3);
  EXPECT_DOUBLE_EQ(Regression(LossType::kEpsInsensitiveSquared, 5, 2), 8.75);
  EXPECT_DOUBLE_EQ(Regression(LossType::kEpsInsensitiveSquared, 2.25, 2), 0);
  EXPECT_DOUBLE_EQ(Regression(LossType::kEpsInsensitiveAbsolute, 2, 5), 2.5);
  EXPECT_DOUBLE_EQ(Regression(LossType::kEpsInsensitiveAbsolute, 2.25, 2), 0);
  EXPECT_DOUBLE_EQ(Regression(LossType::kHuber, 3, 2), 0.5);
  EXPECT_DOUBLE_EQ(Regression(LossType::kHuber, 2, 7), 8);
  // Too low costs nine times as much as too high.
  EXPECT_DOUBLE_EQ(Regression(LossType::kQuantile, 1, 2), 0.9);
  EXPECT_NEAR(Regression(LossType::kQuantile, 2, 1), 0.1, 1e-15);
}

TEST(ExampleLossTest, LogisticIsTheWeightedCrossEntropy) {
  LinearModel model = SmallBinaryModel();
  model.loss_parameters.positive_example_weight_mult = 3;
  const double p = 1 / (1 + std::exp(-0.75));
  EXPECT_NEAR(ExampleLoss(model, {0.75}, 1), -3 * std::log(p), 1e-15);
  EXPECT_NEAR(ExampleLoss(model, {0.75}, 0), -std::log(1 - p), 1e-15);
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {-2000}, 1), 6000);
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {2000}, 1), 0);
}

TEST(ExampleLossTest, HingeIsCutAtOneHalf) {
  LinearModel model = SmallBinaryModel();
  model.loss = LossType::kHinge;
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {1}, 1), 0);
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {0.25}, 1), 0.75);
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {0.25}, 0), 0.25);
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {-1}, 0), 0);
}

TEST(ExampleLossTest, SoftmaxIsTheWeightedCrossEntropy) {
  LinearModel model = SmallMulticlassModel();
  const double total = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
  EXPECT_NEAR(ExampleLoss(model, {1, 2, 3}, 1), -std::log(std::exp(2) / total),
              1e-15);
  model.class_weights = {1, 10, 100};
  EXPECT_NEAR(ExampleLoss(model, {1, 2, 3}, 1),
              -10 * std::log(std::exp(2) / total), 1e-14);
  EXPECT_DOUBLE_EQ(ExampleLoss(model, {5000, 0, 0}, 0), 0);
}

}  // namespace
}  // namespace lineup
