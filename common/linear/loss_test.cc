#include "common/linear/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/candidate.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/types.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

bool IsClassifier(LossType type) {
  return type == LossType::kLogistic || type == LossType::kHinge;
}

// The formulas of loss.h for one score, word for word, in double precision.
double ExactLoss(LossType type, const Candidate& c, double f, double y) {
  const double e = f - y;
  const double positive = y == 1 ? c.positive_example_weight_mult : 1;
  const auto plus = [](double x) { return std::max(x, 0.0); };
  switch (type) {
    case LossType::kLogistic:
      return positive * std::log1p(std::exp(y == 1 ? -f : f));
    case LossType::kHinge:
      return positive * (y * plus((c.margin + 1) / 2 - f) +
                         (1 - y) * plus((c.margin - 1) / 2 + f));
    case LossType::kSquared:
      return e * e;
    case LossType::kAbsolute:
      return std::abs(e);
    case LossType::kQuantile:
      return c.quantile * plus(-e) + (1 - c.quantile) * plus(e);
    case LossType::kHuber:
      return std::abs(e) < c.huber_delta
                 ? e * e / 2
                 : c.huber_delta * std::abs(e) -
                       c.huber_delta * c.huber_delta / 2;
    case LossType::kEpsInsensitiveSquared:
      return plus(e * e - c.loss_insensitivity * c.loss_insensitivity);
    case LossType::kEpsInsensitiveAbsolute:
      return plus(std::abs(e) - c.loss_insensitivity);
    case LossType::kSoftmax:
      break;
  }
  return NAN;
}

// Whether the loss has a kink within `distance` of f.
bool NearKink(LossType type, const Candidate& c, double f, double y,
              double distance) {
  const auto near = [&](double kink) { return std::abs(f - kink) < distance; };
  switch (type) {
    case LossType::kHinge:
      return near(y == 1 ? (c.margin + 1) / 2 : (1 - c.margin) / 2);
    case LossType::kAbsolute:
    case LossType::kQuantile:
      return near(y);
    case LossType::kHuber:
      return near(y - c.huber_delta) || near(y + c.huber_delta);
    case LossType::kEpsInsensitiveSquared:
    case LossType::kEpsInsensitiveAbsolute:
      return near(y - c.loss_insensitivity) || near(y + c.loss_insensitivity);
    default:
      return false;
  }
}

// Candidates with parameters of their own; two optimizers, so that padding
// stands between them and at the end.
std::vector<Candidate> SixCandidates() {
  std::vector<Candidate> candidates(6);
  for (int c = 0; c < 6; ++c) {
    candidates[c].index = c;
    candidates[c].optimizer =
        c % 2 == 0 ? OptimizerType::kAdam : OptimizerType::kSgd;
    candidates[c].positive_example_weight_mult = 0.5 + c;
    candidates[c].margin = 0.25 * (c + 1);
    candidates[c].quantile = 0.1 + 0.15 * c;
    candidates[c].huber_delta = 0.3 * (c + 1);
    candidates[c].loss_insensitivity = 0.2 * (c + 1);
  }
  return candidates;
}

class LossTest : public testing::TestWithParam<LossType> {
 protected:
  LossTest()
      : candidates_(SixCandidates()),
        columns_(candidates_, 1),
        loss_(GetParam(), columns_) {}

  // Loss and derivative of each candidate for one example.
  struct One {
    std::vector<double> loss;
    std::vector<float> derivative;
    std::vector<float> padding;
  };
  One OneExample(float label, float score,
                 const float* weight = nullptr) const {
    AlignedFloats scores(columns_.width(), 0.0f);
    for (size_t c = 0; c < candidates_.size(); ++c) {
      scores[columns_.first_column(c)] = score;
    }
    One result;
    result.loss.assign(candidates_.size(), 0.0);
    loss_.Derivative(1, &label, weight, scores.data(), result.loss.data());
    for (size_t k = 0; k < columns_.width(); ++k) {
      if (columns_.candidate_of_column(k) < 0) {
        result.padding.push_back(scores[k]);
      }
    }
    for (size_t c = 0; c < candidates_.size(); ++c) {
      result.derivative.push_back(scores[columns_.first_column(c)]);
    }
    return result;
  }
  float RandomLabel(SplitMix64& random) const {
    return IsClassifier(GetParam()) ? static_cast<float>(random.Below(2))
                                    : 4 * random.Uniform() - 2;
  }

  std::vector<Candidate> candidates_;
  LineupColumns columns_;
  LossFunction loss_;
};

TEST_P(LossTest, LossIsTheFormula) {
  SplitMix64 random(1);
  for (int trial = 0; trial < 500; ++trial) {
    const float y = RandomLabel(random);
    const float f = 6 * random.Uniform() - 3;
    const float weight = 2 * random.Uniform();
    const One one = OneExample(y, f, &weight);
    for (size_t c = 0; c < candidates_.size(); ++c) {
      const double want = weight * ExactLoss(GetParam(), candidates_[c], f, y);
      EXPECT_NEAR(one.loss[c], want, 1e-6 * want + 1e-6)
          << "f = " << f << ", y = " << y << ", candidate " << c;
    }
  }
}

TEST_P(LossTest, DerivativeIsTheDifferenceQuotient) {
  constexpr double kStep = 1e-5;
  SplitMix64 random(2);
  int checked = 0;
  for (int trial = 0; trial < 500; ++trial) {
    const float y = RandomLabel(random);
    const float f = 6 * random.Uniform() - 3;
    const float weight = 2 * random.Uniform();
    const One one = OneExample(y, f, &weight);
    for (size_t c = 0; c < candidates_.size(); ++c) {
      const Candidate& candidate = candidates_[c];
      if (NearKink(GetParam(), candidate, f, y, 1e-4)) continue;
      const double want =
          weight *
          (ExactLoss(GetParam(), candidate, double{f} + kStep, y) -
           ExactLoss(GetParam(), candidate, double{f} - kStep, y)) /
          (2 * kStep);
      EXPECT_NEAR(one.derivative[c], want, 1e-6 * std::abs(want) + 1e-6)
          << "f = " << f << ", y = " << y << ", candidate " << c;
      ++checked;
    }
  }
  EXPECT_GT(checked, 2500);
}

TEST_P(LossTest, PaddingStaysZero) {
  const float weight = 3;
  const One one = OneExample(1, 0.7f, &weight);
  EXPECT_EQ(one.padding.size(), 10);
  for (const float x : one.padding) EXPECT_EQ(x, 0.0f);
}

TEST_P(LossTest, ManyExamplesAreTheSumOfSingleOnes) {
  constexpr size_t kExamples = 37;  // not whole groups
  SplitMix64 random(3);
  std::vector<float> labels, weights;
  AlignedFloats scores(kExamples * columns_.width(), 0.0f);
  std::vector<double> want(candidates_.size(), 5.0);
  AlignedFloats want_derivatives = scores;
  for (size_t i = 0; i < kExamples; ++i) {
    labels.push_back(RandomLabel(random));
    weights.push_back(random.Uniform());
    const float f = 6 * random.Uniform() - 3;
    const One one = OneExample(labels[i], f, &weights[i]);
    for (size_t c = 0; c < candidates_.size(); ++c) {
      const size_t at = i * columns_.width() + columns_.first_column(c);
      scores[at] = f;
      want_derivatives[at] = one.derivative[c];
      want[c] += one.loss[c];
    }
  }
  std::vector<double> sums(candidates_.size(), 5.0);  // is added to
  loss_.Derivative(kExamples, labels.data(), weights.data(), scores.data(),
                   sums.data());
  EXPECT_EQ(scores, want_derivatives);
  for (size_t c = 0; c < candidates_.size(); ++c) {
    EXPECT_NEAR(sums[c], want[c], 1e-6 * want[c]);
  }
}

TEST_P(LossTest, WithoutWeightsAllAreOne) {
  const float one = 1;
  const One with = OneExample(1, -0.3f, &one);
  const One without = OneExample(1, -0.3f);
  EXPECT_EQ(with.loss, without.loss);
  EXPECT_EQ(with.derivative, without.derivative);
}

TEST_P(LossTest, ExtremeScoresAreFinite) {
  for (const float f : {1e15f, -1e15f, 100.0f, -100.0f}) {
    for (const float y : {0.0f, 1.0f}) {
      const One one = OneExample(y, f);
      for (size_t c = 0; c < candidates_.size(); ++c) {
        const Candidate& candidate = candidates_[c];
        double want = ExactLoss(GetParam(), candidate, f, y);
        if (std::isinf(want)) {  // the formula's exp(f) has overflowed
          want = y == 1 ? -f * candidate.positive_example_weight_mult : f;
        }
        EXPECT_NEAR(one.loss[c], want, 1e-6 * want + 1e-30) << f << " " << y;
        EXPECT_TRUE(std::isfinite(one.derivative[c])) << f << " " << y;
      }
    }
  }
}

// A candidate that has diverged must be seen to have, whatever the loss, and
// must not change what its neighbours get.
TEST_P(LossTest, NaNStaysInItsColumn) {
  const One healthy = OneExample(1, 0.2f);
  for (const float bad : {static_cast<float>(NAN), kInfinity, -kInfinity}) {
    AlignedFloats scores(columns_.width(), 0.0f);
    for (size_t c = 0; c < candidates_.size(); ++c) {
      scores[columns_.first_column(c)] = c == 2 ? bad : 0.2f;
    }
    const float label = 1;
    std::vector<double> sums(candidates_.size(), 0.0);
    loss_.Derivative(1, &label, nullptr, scores.data(), sums.data());
    EXPECT_TRUE(!std::isnan(bad) || std::isnan(sums[2]));
    for (size_t c = 0; c < candidates_.size(); ++c) {
      if (c == 2) continue;
      EXPECT_EQ(sums[c], healthy.loss[c]);
      EXPECT_EQ(scores[columns_.first_column(c)], healthy.derivative[c]);
    }
  }
}

TEST_P(LossTest, SumGivesTheSameLosses) {
  AlignedFloats scores(columns_.width(), 0.25f);
  const float label = 1;
  std::vector<double> sums(candidates_.size(), 0.0);
  loss_.Sum(1, &label, nullptr, scores.data(), sums.data());
  EXPECT_EQ(sums, OneExample(1, 0.25f).loss);
}

INSTANTIATE_TEST_SUITE_P(ScalarLosses, LossTest,
                         testing::Values(LossType::kLogistic, LossType::kHinge,
                                         LossType::kSquared,
                                         LossType::kAbsolute,
                                         LossType::kEpsInsensitiveSquared,
                                         LossType::kEpsInsensitiveAbsolute,
                                         LossType::kQuantile, LossType::kHuber),
                         [](const testing::TestParamInfo<LossType>& info) {
                           return std::string(Name(info.param));
                         });

// One candidate's derivative for one example.
float DerivativeOf(LossType type, const Candidate& candidate, float f,
                   float y) {
  const LineupColumns columns({candidate}, 1);
  AlignedFloats scores(columns.width(), 0.0f);
  scores[0] = f;
  double sum = 0;
  LossFunction(type, columns).Derivative(1, &y, nullptr, scores.data(), &sum);
  return scores[0];
}

TEST(LossKinkTest, AreAsDocumented) {
  Candidate c;
  c.quantile = 0.25;
  c.loss_insensitivity = 0.5;
  c.margin = 2;
  EXPECT_EQ(DerivativeOf(LossType::kAbsolute, c, 3, 3), 0.0f);
  EXPECT_EQ(DerivativeOf(LossType::kQuantile, c, 3, 3), 0.25f);
  EXPECT_EQ(DerivativeOf(LossType::kHinge, c, 1.5f, 1), 0.0f);
  EXPECT_EQ(DerivativeOf(LossType::kHinge, c, -0.5f, 0), 0.0f);
  for (const float e : {0.5f, -0.5f}) {
    EXPECT_EQ(DerivativeOf(LossType::kEpsInsensitiveAbsolute, c, 1 + e, 1), 0);
    EXPECT_EQ(DerivativeOf(LossType::kEpsInsensitiveSquared, c, 1 + e, 1), 0);
  }
}

TEST(LogisticLossTest, CertainAndRightScoresKeepTheirDigits) {
  Candidate candidate;
  const LineupColumns columns({candidate}, 1);
  const LossFunction loss(LossType::kLogistic, columns);
  for (const float size : {5.0f, 15.0f, 30.0f, 60.0f}) {
    for (const float y : {0.0f, 1.0f}) {
      AlignedFloats scores(columns.width(), 0.0f);
      scores[0] = y == 1 ? size : -size;
      double sum = 0;
      loss.Derivative(1, &y, nullptr, scores.data(), &sum);
      const double want = std::log1p(std::exp(-double{size}));
      EXPECT_NEAR(sum / want, 1, 1e-6);
      const double derivative = 1 / (1 + std::exp(double{size}));
      EXPECT_NEAR(scores[0] / derivative, y == 1 ? -1 : 1, 1e-6);
    }
  }
}

TEST(LossSumTest, AMillionExamplesKeepTheirDigits) {
  constexpr size_t kExamples = 1000000;
  const LineupColumns columns({Candidate()}, 1);
  AlignedFloats scores(kExamples * columns.width(), 0.1f);
  const std::vector<float> labels(kExamples, 0.0f);
  double sum = 0;
  LossFunction(LossType::kSquared, columns)
      .Sum(kExamples, labels.data(), nullptr, scores.data(), &sum);
  const double tenth = 0.1f;
  EXPECT_NEAR(sum, kExamples * tenth * tenth, 1e-6 * sum);
}

// Several candidates of several classes, with class and example weights,
// against difference quotients of the formula.
TEST(SoftmaxLossTest, DerivativeIsTheDifferenceQuotient) {
  constexpr size_t kClasses = 5;
  const std::vector<float> class_weights = {1, 0.5, 2, 3, 0.25};
  const LineupColumns columns(SixCandidates(), kClasses);
  const LossFunction loss(LossType::kSoftmax, columns, class_weights);
  SplitMix64 random(4);
  constexpr size_t kExamples = 19;
  std::vector<float> labels, weights;
  AlignedFloats scores(kExamples * columns.width(), 0.0f);
  for (size_t i = 0; i < kExamples; ++i) {
    labels.push_back(random.Below(kClasses));
    weights.push_back(random.Uniform());
    for (size_t k = 0; k < columns.width(); ++k) {
      if (columns.candidate_of_column(k) < 0) continue;
      scores[i * columns.width() + k] = 8 * random.Uniform() - 4;
    }
  }
  const auto exact = [&](size_t i, size_t c, size_t moved, double step) {
    const float* f = &scores[i * columns.width() + columns.first_column(c)];
    double sum = 0, own = 0;
    for (size_t o = 0; o < kClasses; ++o) {
      const double score = f[o] + (o == moved ? step : 0.0);
      sum += std::exp(score);
      if (o == labels[i]) own = score;
    }
    return weights[i] * class_weights[labels[i]] * (std::log(sum) - own);
  };
  AlignedFloats derivatives = scores;
  std::vector<double> sums(6, 0.0);
  loss.Derivative(kExamples, labels.data(), weights.data(), derivatives.data(),
                  sums.data());
  constexpr double kStep = 1e-5;
  for (size_t c = 0; c < 6; ++c) {
    double want_sum = 0;
    for (size_t i = 0; i < kExamples; ++i) {
      want_sum += exact(i, c, 0, 0);
      for (size_t o = 0; o < kClasses; ++o) {
        const double want =
            (exact(i, c, o, kStep) - exact(i, c, o, -kStep)) / (2 * kStep);
        const size_t at = i * columns.width() + columns.first_column(c) + o;
        EXPECT_NEAR(derivatives[at], want, 1e-6);
      }
    }
    EXPECT_NEAR(sums[c], want_sum, 1e-6 * want_sum);
  }
  for (size_t k = 0; k < columns.width(); ++k) {
    if (columns.candidate_of_column(k) >= 0) continue;
    EXPECT_EQ(derivatives[k], 0.0f);
  }
}

TEST(SoftmaxLossTest, NaNStaysInItsCandidate) {
  const LineupColumns columns(std::vector<Candidate>(3), 4);
  const LossFunction loss(LossType::kSoftmax, columns);
  AlignedFloats healthy(columns.width(), 0.0f);
  for (size_t k = 0; k < 12; ++k) healthy[k] = 0.1f * k;
  AlignedFloats sick = healthy;
  sick[5] = NAN;  // candidate 1
  const float label = 2;
  std::vector<double> healthy_sums(3, 0.0), sick_sums(3, 0.0);
  loss.Derivative(1, &label, nullptr, healthy.data(), healthy_sums.data());
  loss.Derivative(1, &label, nullptr, sick.data(), sick_sums.data());
  EXPECT_TRUE(std::isnan(sick_sums[1]));
  EXPECT_EQ(sick_sums[0], healthy_sums[0]);
  EXPECT_EQ(sick_sums[2], healthy_sums[2]);
  for (const size_t k : {0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15}) {
    EXPECT_EQ(sick[k], healthy[k]) << k;
  }
}

}  // namespace
}  // namespace lineup
