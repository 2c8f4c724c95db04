#include "common/linear/lineup_columns.h"

#include <optional>
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
  EXPECT_EQ(columns.ColumnsOf(std::nullopt).first, 0u);
  EXPECT_EQ(columns.ColumnsOf(std::nullopt).size, columns.width());
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    EXPECT_EQ(columns.ColumnsOf(c).first, columns.first_column(c));
    EXPECT_EQ(columns.ColumnsOf(c).size, columns.outputs());
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

// Every column of the lineup that is kept is found where it was, and nothing
// else.
void ExpectKeeps(const LineupColumns& columns,
                 const std::vector<size_t>& positions) {
  const LineupColumns kept = columns.Keep(positions);
  ExpectIsConsistent(kept);
  ASSERT_EQ(kept.num_candidates(), positions.size());
  EXPECT_EQ(kept.outputs(), columns.outputs());
  std::vector<int> row(columns.width());
  for (size_t k = 0; k < row.size(); ++k) row[k] = static_cast<int>(k);
  std::vector<int> kept_row(kept.width(), -1);
  CopyColumns(absl::MakeConstSpan(ColumnRuns(columns, kept, positions)),
              row.data(), kept_row.data());
  std::vector<int> want(kept.width(), -1);
  for (size_t c = 0; c < positions.size(); ++c) {
    EXPECT_EQ(kept.candidates()[c].index,
              columns.candidates()[positions[c]].index);
    for (size_t o = 0; o < columns.outputs(); ++o) {
      want[kept.first_column(c) + o] =
          static_cast<int>(columns.first_column(positions[c]) + o);
    }
  }
  EXPECT_EQ(kept_row, want);
}

TEST(LineupColumnsTest, KeepsSomeCandidates) {
  for (const size_t outputs : {1, 3, 8}) {
    const LineupColumns columns =
        Make({OptimizerType::kFtrl, OptimizerType::kAdam, OptimizerType::kSgd,
              OptimizerType::kAdam, OptimizerType::kAdam, OptimizerType::kFtrl},
             outputs);
    for (unsigned subset = 0; subset < 64; ++subset) {
      std::vector<size_t> positions;
      for (size_t c = 0; c < 6; ++c) {
        if (subset >> c & 1) positions.push_back(c);
      }
      ExpectKeeps(columns, positions);
    }
  }
}

TEST(LineupColumnsTest, KeepsInLongRuns) {
  const LineupColumns columns =
      Make(std::vector<OptimizerType>(32, OptimizerType::kAdam), 1);
  const std::vector<ColumnRun> runs =
      ColumnRuns(columns, columns.Keep({3, 4, 5, 9, 31}), {3, 4, 5, 9, 31});
  ASSERT_EQ(runs.size(), 3);
  EXPECT_EQ(runs[0].from, 3);
  EXPECT_EQ(runs[0].to, 0);
  EXPECT_EQ(runs[0].size, 3);
}

TEST(LineupColumnsTest, KeepsOfTheKept) {
  const LineupColumns columns =
      Make(std::vector<OptimizerType>(9, OptimizerType::kAdam), 2);
  const LineupColumns kept = columns.Keep({0, 2, 4, 6, 8}).Keep({1, 3});
  ASSERT_EQ(kept.num_candidates(), 2);
  EXPECT_EQ(kept.candidates()[0].index, 2);
  EXPECT_EQ(kept.candidates()[1].index, 6);
}

TEST(LineupColumnsDeathTest, KeepsEachCandidateOnce) {
  const LineupColumns columns =
      Make(std::vector<OptimizerType>(4, OptimizerType::kAdam), 1);
  EXPECT_DEATH(columns.Keep({1, 1}), "");
  EXPECT_DEATH(columns.Keep({4}), "");
}

TEST(LineupColumnsTest, NoCandidates) {
  EXPECT_EQ(LineupColumns().width(), 0);
  ExpectIsConsistent(Make({}, 1));
}

}  // namespace
}  // namespace lineup
