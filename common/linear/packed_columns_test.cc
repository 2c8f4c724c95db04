#include "common/linear/packed_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr auto kSgd = OptimizerType::kSgd;
constexpr auto kAdam = OptimizerType::kAdam;

LineupColumns Columns(const std::vector<OptimizerType>& optimizers,
                      size_t outputs) {
  std::vector<Candidate> candidates(optimizers.size());
  for (size_t i = 0; i < optimizers.size(); ++i) {
    candidates[i].optimizer = optimizers[i];
  }
  return LineupColumns(std::move(candidates), outputs);
}

TEST(PackedColumnsTest, LeavesOutThePadding) {
  const PackedColumns packed(Columns({kAdam, kAdam, kAdam}, 1));
  EXPECT_EQ(packed.packed_width(), 3u);
  EXPECT_EQ(packed.width(), 8u);
  EXPECT_FALSE(packed.is_identity());
  const std::vector<float> row = {1, 2, 3, 0, 0, 0, 0, 0};
  std::vector<float> out(3);
  packed.Pack(row.data(), out.data());
  EXPECT_THAT(out, ElementsAre(1, 2, 3));
  std::vector<float> back(8, -1);
  packed.Unpack(out.data(), back.data());
  EXPECT_EQ(back, row);
}

TEST(PackedColumnsTest, PutsCandidatesInTheirOrder) {
  // In memory: sgd's candidate 1, padding, then adam's 0 and 2, padding.
  const LineupColumns columns = Columns({kAdam, kSgd, kAdam}, 2);
  const PackedColumns packed(columns);
  ASSERT_EQ(packed.width(), 16u);
  ASSERT_EQ(columns.first_column(1), 0u);
  std::vector<float> row(16, 0);
  for (size_t c = 0; c < 3; ++c) {
    row[columns.first_column(c)] = 10 * c;
    row[columns.first_column(c) + 1] = 10 * c + 1;
  }
  std::vector<float> out(6);
  packed.Pack(row.data(), out.data());
  EXPECT_THAT(out, ElementsAre(0, 1, 10, 11, 20, 21));
  std::vector<float> back(16, -1);
  packed.Unpack(out.data(), back.data());
  EXPECT_EQ(back, row);
}

TEST(PackedColumnsTest, UnpaddedColumnsNeedNoPacking) {
  const PackedColumns unpadded = PackedColumns::Unpadded(3);
  EXPECT_EQ(unpadded.packed_width(), 3u);
  EXPECT_EQ(unpadded.width(), 3u);
  EXPECT_TRUE(unpadded.is_identity());
  const std::vector<float> row = {1, 2, 3};
  std::vector<float> out(3);
  unpadded.Pack(row.data(), out.data());
  EXPECT_EQ(out, row);
}

LineupColumns Pairs() {
  std::vector<Candidate> candidates(6);
  for (int i = 0; i < 6; ++i) {
    Candidate& c = candidates[i];
    c.optimizer = i < 2 ? kSgd : kAdam;
    c.wd = i % 3;  // 0 and 3 differ by their optimizer
    c.learning_rate = c.schedule.learning_rate = 0.1;
    c.schedule.type = ScheduleType::kStep;
    c.schedule.factor = 0.5;
  }
  // 5 is as 2 until 0.1 falls below 0.03, in the third update.
  candidates[5].schedule.minimum = 0.03;
  return LineupColumns(std::move(candidates), 2);
}

TEST(PackedColumnsTest, OfGroupsTheFirstAreSent) {
  const LineupColumns columns = Pairs();
  const PackedColumns packed(columns, CandidateGroups(columns, 0));
  EXPECT_EQ(packed.num_groups(), 5u);
  ASSERT_EQ(packed.packed_width(), 10u);
  EXPECT_FALSE(packed.is_identity());
  std::vector<float> row(columns.width(), 0);
  for (size_t c = 0; c < 6; ++c) {
    for (size_t o = 0; o < 2; ++o) {
      row[columns.first_column(c) + o] = 10.0f * (c == 5 ? 2 : c) + o;
    }
  }
  std::vector<float> out(10);
  packed.Pack(row.data(), out.data());
  EXPECT_THAT(out, ElementsAre(0, 1, 10, 11, 20, 21, 30, 31, 40, 41));
  std::vector<float> back(columns.width(), -1);
  packed.Unpack(out.data(), back.data());
  EXPECT_EQ(back, row);
}

TEST(PackedLineupTest, IsKnownByTheNumberOfGroups) {
  const LineupColumns columns = Pairs();
  const PackedLineup lineup(columns);
  EXPECT_EQ(lineup.all().packed_width(), 12u);
  EXPECT_EQ(lineup.OfGroups(0), &lineup.all());
  EXPECT_EQ(lineup.OfGroups(6), &lineup.all());
  ASSERT_NE(lineup.OfGroups(5), nullptr);
  EXPECT_EQ(lineup.OfGroups(5)->packed_width(), 10u);
  for (const uint32_t none : {1, 4, 7, 1000}) {
    EXPECT_EQ(lineup.OfGroups(none), nullptr) << none;
  }
}

// Candidates of one setting are never told apart; they may still be sent.
TEST(PackedLineupTest, EqualCandidatesHaveBothForms) {
  const PackedLineup lineup(Columns({kAdam, kAdam}, 3));
  EXPECT_EQ(lineup.OfGroups(1)->packed_width(), 3u);
  EXPECT_EQ(lineup.all().packed_width(), 6u);
}

TEST(PackedColumnsTest, OneOptimizerAndWholeBlocksNeedNoPacking) {
  EXPECT_TRUE(PackedColumns(Columns(std::vector(32, kAdam), 1)).is_identity());
  EXPECT_TRUE(PackedColumns(Columns({kAdam}, 8)).is_identity());
  // As wide, but in another order.
  EXPECT_FALSE(PackedColumns(Columns({kAdam, kSgd}, 8)).is_identity());
}

}  // namespace
}  // namespace lineup
