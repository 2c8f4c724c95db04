#include "common/linear/lineup_columns.h"

#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

LineupColumns Make(const std::vector<OptimizerType>& optimizers,
                   size_t outputs) {
  std::vector<Candidate> candidates;
  for (const OptimizerType optimizer : optimizers) {
    candidates.emplace_back();
    candidates.back().index = static_cast<int>(candidates.size()) - 1;
    candidates.back().optimizer = optimizer;
  }
  return LineupColumns(candidates, outputs);
}

// Whatever the lineup: each candidate's columns stand side by side in blocks
// of its optimizer, everything else is padding.
void ExpectIsConsistent(const LineupColumns& columns) {
  EXPECT_EQ(columns.width() % 8, 0);
  EXPECT_EQ(columns.num_blocks(), columns.width() / 8);
  std::vector<int> candidate_of(columns.width(), -1);
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    for (size_t o = 0; o < columns.outputs(); ++o) {
      const size_t k = columns.first_column(c) + o;
      ASSERT_LT(k, columns.width());
      EXPECT_EQ(candidate_of[k], -1);
      candidate_of[k] = static_cast<int>(c);
      EXPECT_EQ(columns.optimizer_of_block(k / 8),
                columns.candidates()[c].optimizer);
    }
  }
  for (size_t k = 0; k < columns.width(); ++k) {
    EXPECT_EQ(columns.candidate_of_column(k), candidate_of[k]) << k;
  }
}

TEST(LineupColumnsTest, OneCandidateTakesABlock) {
  const LineupColumns columns = Make({OptimizerType::kAdam}, 1);
  EXPECT_EQ(columns.width(), 8);
  EXPECT_EQ(columns.first_column(0), 0);
  ExpectIsConsistent(columns);
}

TEST(LineupColumnsTest, ThirtyTwoOfOneOptimizerHaveNoPadding) {
  const LineupColumns columns =
      Make(std::vector<OptimizerType>(32, OptimizerType::kAdam), 1);
  EXPECT_EQ(columns.width(), 32);
  for (size_t c = 0; c < 32; ++c) EXPECT_EQ(columns.first_column(c), c);
  ExpectIsConsistent(columns);
}

TEST(LineupColumnsTest, MixedOptimizersAreGrouped) {
  for (const size_t outputs : {1, 3, 8, 10}) {
    const LineupColumns columns =
        Make({OptimizerType::kFtrl, OptimizerType::kAdam, OptimizerType::kSgd,
              OptimizerType::kAdam, OptimizerType::kRmsprop,
              OptimizerType::kAdagrad, OptimizerType::kFtrl},
             outputs);
    ExpectIsConsistent(columns);
    EXPECT_LT(columns.width(), 7 * outputs + 5 * 8);
  }
}

TEST(LineupColumnsTest, NoCandidates) {
  EXPECT_EQ(LineupColumns().width(), 0);
  ExpectIsConsistent(Make({}, 1));
}

}  // namespace
}  // namespace lineup
