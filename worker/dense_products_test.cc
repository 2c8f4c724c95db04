#include "worker/dense_products.h"

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

AlignedFloats Random(size_t n, SplitMix64& random) {
  AlignedFloats values(n);
  for (float& x : values) x = 2 * random.Uniform() - 1;
  return values;
}

// Rows of a matrix, the last one first, so that they are not in order.
std::vector<const float*> RowsOf(const AlignedFloats& x, size_t rows,
                                 size_t features) {
  std::vector<const float*> result;
  for (size_t r = 0; r < rows; ++r) {
    result.push_back(x.data() + (rows - 1 - r) * features);
  }
  return result;
}

class DenseProductsTest
    : public testing::TestWithParam<std::tuple<size_t, size_t, size_t>> {
 protected:
  DenseProductsTest()
      : rows_(std::get<0>(GetParam())),
        features_(std::get<1>(GetParam())),
        width_(std::get<2>(GetParam())),
        random_(rows_ + features_ + width_),
        x_(Random(rows_ * features_, random_)),
        row_pointers_(RowsOf(x_, rows_, features_)) {}

  const size_t rows_;
  const size_t features_;
  const size_t width_;
  SplitMix64 random_;
  const AlignedFloats x_;
  const std::vector<const float*> row_pointers_;
};

TEST_P(DenseProductsTest, ScoresAreTheProduct) {
  const AlignedFloats bias = Random(width_, random_);
  const AlignedFloats weights = Random(features_ * width_, random_);
  AlignedFloats scores(rows_ * width_ + 8, 9.0f);
  DenseScores(row_pointers_, features_, bias.data(), weights.data(), width_,
              row_pointers_, scores.data());
  for (size_t r = 0; r < rows_; ++r) {
    for (size_t k = 0; k < width_; ++k) {
      double want = bias[k], size = 1;
      for (size_t f = 0; f < features_; ++f) {
        const double term =
            double{row_pointers_[r][f]} * weights[f * width_ + k];
        want += term;
        size += std::abs(term);
      }
      ASSERT_NEAR(scores[r * width_ + k], want, 1e-6 * size)
          << "row " << r << " column " << k;
    }
  }
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(scores[rows_ * width_ + i], 9.0f);
}

TEST_P(DenseProductsTest, GradientIsAddedToWhatIsThere) {
  const AlignedFloats derivatives = Random(rows_ * width_, random_);
  const AlignedFloats bias_before = Random(width_, random_);
  const AlignedFloats before = Random(features_ * width_ + 8, random_);
  AlignedFloats bias = bias_before, gradient = before;
  AddDenseGradient(row_pointers_, features_, derivatives.data(), width_,
                   row_pointers_, bias.data(), gradient.data());
  for (size_t k = 0; k < width_; ++k) {
    double want = bias_before[k], size = 1;
    for (size_t r = 0; r < rows_; ++r) {
      want += derivatives[r * width_ + k];
      size += std::abs(derivatives[r * width_ + k]);
    }
    ASSERT_NEAR(bias[k], want, 1e-6 * size);
    for (size_t f = 0; f < features_; ++f) {
      want = before[f * width_ + k];
      size = 1;
      for (size_t r = 0; r < rows_; ++r) {
        const double term =
            double{row_pointers_[r][f]} * derivatives[r * width_ + k];
        want += term;
        size += std::abs(term);
      }
      ASSERT_NEAR(gradient[f * width_ + k], want, 1e-6 * size)
          << "feature " << f << " column " << k;
    }
  }
  for (size_t i = 0; i < 8; ++i) {
    const size_t at = features_ * width_ + i;
    EXPECT_EQ(gradient[at], before[at]);
  }
}

TEST_P(DenseProductsTest, ScoresDoNotDependOnTheGrouping) {
  const AlignedFloats bias = Random(width_, random_);
  const AlignedFloats weights = Random(features_ * width_, random_);
  AlignedFloats together(rows_ * width_), apart(rows_ * width_);
  DenseScores(row_pointers_, features_, bias.data(), weights.data(), width_, {},
              together.data());
  for (size_t r = 0; r < rows_; ++r) {
    DenseScores(DenseRows(row_pointers_).subspan(r, 1), features_, bias.data(),
                weights.data(), width_, {}, &apart[r * width_]);
  }
  EXPECT_EQ(together, apart);
}

TEST_P(DenseProductsTest, ColumnsDoNotSeeEachOther) {
  const AlignedFloats bias = Random(width_, random_);
  AlignedFloats weights = Random(features_ * width_, random_);
  AlignedFloats derivatives = Random(rows_ * width_, random_);
  const auto compute = [&](AlignedFloats* scores, AlignedFloats* gradient) {
    scores->assign(rows_ * width_, 0.0f);
    gradient->assign((features_ + 1) * width_, 0.0f);
    DenseScores(row_pointers_, features_, bias.data(), weights.data(), width_,
                {}, scores->data());
    AddDenseGradient(row_pointers_, features_, derivatives.data(), width_, {},
                     gradient->data(), gradient->data() + width_);
  };
  AlignedFloats healthy_scores, healthy_gradient, scores, gradient;
  compute(&healthy_scores, &healthy_gradient);
  const size_t sick = width_ / 2;
  for (size_t f = 0; f < features_; ++f) weights[f * width_ + sick] = NAN;
  for (size_t r = 0; r < rows_; ++r) {
    derivatives[r * width_ + sick] = std::numeric_limits<float>::infinity();
  }
  compute(&scores, &gradient);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (i % width_ == sick) continue;
    ASSERT_EQ(scores[i], healthy_scores[i]);
  }
  for (size_t i = 0; i < gradient.size(); ++i) {
    if (i % width_ == sick) continue;
    ASSERT_EQ(gradient[i], healthy_gradient[i]);
  }
}

// Rows, features, width: whole tiles and remainders, more than a panel.
INSTANTIATE_TEST_SUITE_P(
    Shapes, DenseProductsTest,
    testing::Values(std::make_tuple(1, 1, 8), std::make_tuple(5, 7, 8),
                    std::make_tuple(12, 12, 8), std::make_tuple(23, 13, 8),
                    std::make_tuple(6, 6, 16), std::make_tuple(11, 5, 16),
                    std::make_tuple(13, 100, 24), std::make_tuple(120, 30, 32),
                    std::make_tuple(47, 601, 40), std::make_tuple(513, 9, 24),
                    std::make_tuple(20, 28, 320)));

TEST(DenseProductsTest, NoFeaturesLeaveTheBias) {
  const std::vector<const float*> rows(3, nullptr);
  AlignedFloats bias(8, 2.0f), scores(24), gradient;
  DenseScores(rows, 0, bias.data(), nullptr, 8, {}, scores.data());
  EXPECT_EQ(scores, AlignedFloats(24, 2.0f));
  AddDenseGradient(rows, 0, scores.data(), 8, {}, bias.data(), nullptr);
  EXPECT_EQ(bias, AlignedFloats(8, 8.0f));
}

}  // namespace
}  // namespace lineup
