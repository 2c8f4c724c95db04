#include "common/linear/score_order.h"

#include <iterator>
#include <limits>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(ScoreOrderTest, IntegersSortAsScoresDo) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float scores[] = {-kInfinity, -3e38f,     -1.5f,  -1,
                          -1e-45f,    0,          1e-45f, 1e-3f,
                          1,          1.0000001f, 3e38f,  kInfinity};
  for (size_t i = 0; i + 1 < std::size(scores); ++i) {
    EXPECT_LT(ScoreToOrder(scores[i]), ScoreToOrder(scores[i + 1])) << i;
  }
  for (const float score : scores) {
    EXPECT_EQ(OrderToScore(ScoreToOrder(score)), score);
  }
}

TEST(ScoreOrderTest, BothZerosAreEqual) {
  EXPECT_EQ(ScoreToOrder(-0.0f), ScoreToOrder(0.0f));
}

}  // namespace
}  // namespace lineup
