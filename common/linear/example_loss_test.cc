#include "common/linear/example_loss.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

LossParameters OddParameters() {
  LossParameters parameters;
  parameters.quantile = 0.9;
  parameters.huber_delta = 2;
  parameters.loss_insensitivity = 0.5;
  parameters.positive_example_weight_mult = 3;
  return parameters;
}

double Loss(LossType loss, double value, double label) {
  return ExampleLoss(loss, OddParameters(), {}, {value}, label);
}

TEST(ExampleLossTest, Regression) {
  EXPECT_DOUBLE_EQ(Loss(LossType::kSquared, 5, 2), 9);
  EXPECT_DOUBLE_EQ(Loss(LossType::kAbsolute, 2, 5), 3);
  EXPECT_DOUBLE_EQ(Loss(LossType::kEpsInsensitiveSquared, 5, 2), 8.75);
  EXPECT_DOUBLE_EQ(Loss(LossType::kEpsInsensitiveSquared, 2.25, 2), 0);
  EXPECT_DOUBLE_EQ(Loss(LossType::kEpsInsensitiveAbsolute, 2, 5), 2.5);
  EXPECT_DOUBLE_EQ(Loss(LossType::kEpsInsensitiveAbsolute, 2.25, 2), 0);
  EXPECT_DOUBLE_EQ(Loss(LossType::kHuber, 3, 2), 0.5);
  EXPECT_DOUBLE_EQ(Loss(LossType::kHuber, 2, 7), 8);
  // Too low costs nine times as much as too high.
  EXPECT_DOUBLE_EQ(Loss(LossType::kQuantile, 1, 2), 0.9);
  EXPECT_NEAR(Loss(LossType::kQuantile, 2, 1), 0.1, 1e-15);
}

TEST(ExampleLossTest, LogisticIsTheWeightedCrossEntropy) {
  const double p = 1 / (1 + std::exp(-0.75));
  EXPECT_NEAR(Loss(LossType::kLogistic, 0.75, 1), -3 * std::log(p), 1e-15);
  EXPECT_NEAR(Loss(LossType::kLogistic, 0.75, 0), -std::log(1 - p), 1e-15);
  EXPECT_DOUBLE_EQ(Loss(LossType::kLogistic, -2000, 1), 6000);
  EXPECT_DOUBLE_EQ(Loss(LossType::kLogistic, 2000, 1), 0);
}

TEST(ExampleLossTest, HingeIsCutAtOneHalf) {
  LossParameters parameters;
  const auto loss = [&](double value, double label) {
    return ExampleLoss(LossType::kHinge, parameters, {}, {value}, label);
  };
  EXPECT_DOUBLE_EQ(loss(1, 1), 0);
  EXPECT_DOUBLE_EQ(loss(0.25, 1), 0.75);
  EXPECT_DOUBLE_EQ(loss(0.25, 0), 0.25);
  EXPECT_DOUBLE_EQ(loss(-1, 0), 0);
  parameters.positive_example_weight_mult = 2;
  EXPECT_DOUBLE_EQ(loss(0.25, 1), 1.5);
}

TEST(ExampleLossTest, SoftmaxIsTheWeightedCrossEntropy) {
  const auto loss = [](std::vector<double> weights, std::vector<double> values,
                       double label) {
    return ExampleLoss(LossType::kSoftmax, LossParameters(), weights, values,
                       label);
  };
  const double total = std::exp(1.0) + std::exp(2.0) + std::exp(3.0);
  EXPECT_NEAR(loss({}, {1, 2, 3}, 1), -std::log(std::exp(2) / total), 1e-15);
  EXPECT_NEAR(loss({1, 10, 100}, {1, 2, 3}, 1),
              -10 * std::log(std::exp(2) / total), 1e-14);
  EXPECT_DOUBLE_EQ(loss({}, {5000, 0, 0}, 0), 0);
}

TEST(ExampleLossTest, SigmoidAndSoftplusDoNotOverflow) {
  EXPECT_DOUBLE_EQ(Sigmoid(0), 0.5);
  EXPECT_DOUBLE_EQ(Sigmoid(2), 1 / (1 + std::exp(-2.0)));
  EXPECT_NEAR(Sigmoid(-2), 1 - Sigmoid(2), 1e-15);
  EXPECT_EQ(Sigmoid(5000), 1);
  EXPECT_EQ(Sigmoid(-5000), 0);
  EXPECT_EQ(Softplus(5000), 5000);
  EXPECT_EQ(Softplus(-5000), 0);
  EXPECT_DOUBLE_EQ(Softplus(-40), std::exp(-40.0));
}

TEST(ExampleLossTest, ParametersComeFromTheCandidate) {
  Candidate candidate;
  candidate.quantile = 0.1;
  candidate.huber_delta = 0.2;
  candidate.margin = 0.3;
  candidate.loss_insensitivity = 0.4;
  candidate.positive_example_weight_mult = 0.5;
  const LossParameters parameters = LossParametersOf(candidate);
  EXPECT_EQ(parameters.quantile, 0.1);
  EXPECT_EQ(parameters.huber_delta, 0.2);
  EXPECT_EQ(parameters.margin, 0.3);
  EXPECT_EQ(parameters.loss_insensitivity, 0.4);
  EXPECT_EQ(parameters.positive_example_weight_mult, 0.5);
}

}  // namespace
}  // namespace lineup
