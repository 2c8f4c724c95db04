#include "common/linear/column_map.h"

#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

LineupColumns Lineup(size_t candidates, size_t outputs, SplitMix64* random) {
  std::vector<Candidate> lineup(candidates);
  for (Candidate& c : lineup) {
    c.optimizer =
        random->Below(3) == 0 ? OptimizerType::kSgd : OptimizerType::kAdam;
  }
  return LineupColumns(lineup, outputs);
}

// Of random lineups and sources: what each column gets, from an unaligned
// place to an unaligned one.
TEST(ColumnMapTest, EveryColumnComesFromItsSource) {
  SplitMix64 random(1);
  for (int round = 0; round < 500; ++round) {
    const size_t outputs = 1 + random.Below(10);
    const LineupColumns from = Lineup(1 + random.Below(40), outputs, &random);
    const LineupColumns to = Lineup(1 + random.Below(40), outputs, &random);
    std::vector<size_t> sources;
    for (size_t c = 0; c < to.num_candidates(); ++c) {
      sources.push_back(random.Below(from.num_candidates()));
    }
    const ColumnMap map(from, to, sources);
    AlignedFloats row(from.width());
    for (size_t k = 0; k < row.size(); ++k) row[k] = 1.0f + k;
    std::vector<float> copy(to.width() + 2, -1.0f);
    map.Copy(row.data(), &copy[1]);
    for (size_t k = 0; k < to.width(); ++k) {
      const int c = to.candidate_of_column(k);
      const float want =
          c < 0 ? 0
                : row[from.first_column(sources[c]) + k - to.first_column(c)];
      ASSERT_EQ(copy[1 + k], want) << "round " << round << " column " << k;
    }
    EXPECT_EQ(copy.front(), -1.0f);
    EXPECT_EQ(copy.back(), -1.0f);
  }
}

TEST(ColumnMapTest, KnowsWhenNothingMoves) {
  const LineupColumns columns(std::vector<Candidate>(3), 2);
  EXPECT_TRUE(ColumnMap(columns, columns, {0, 1, 2}).is_identity());
  EXPECT_FALSE(ColumnMap(columns, columns, {0, 0, 2}).is_identity());
  EXPECT_FALSE(ColumnMap(columns, columns, {1, 0, 2}).is_identity());
  EXPECT_FALSE(ColumnMap(columns, columns.Keep({0, 1}), {0, 1}).is_identity());
  const LineupColumns more(std::vector<Candidate>(5), 2);
  EXPECT_FALSE(ColumnMap(more, columns, {0, 1, 2}).is_identity());
}

}  // namespace
}  // namespace lineup
