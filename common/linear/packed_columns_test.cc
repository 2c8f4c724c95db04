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

TEST(PackedColumnsTest, OneOptimizerAndWholeBlocksNeedNoPacking) {
  EXPECT_TRUE(PackedColumns(Columns(std::vector(32, kAdam), 1)).is_identity());
  EXPECT_TRUE(PackedColumns(Columns({kAdam}, 8)).is_identity());
  // As wide, but in another order.
  EXPECT_FALSE(PackedColumns(Columns({kAdam, kSgd}, 8)).is_identity());
}

}  // namespace
}  // namespace lineup
