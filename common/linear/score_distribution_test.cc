#include "common/linear/score_distribution.h"

#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

LineupScores Scores(const std::vector<float>& scores,
                    const std::vector<uint8_t>& labels,
                    const std::vector<float>& weights = {},
                    ScoreKind kind = ScoreKind::kProbability) {
  LineupScores result(1, kind);
  result.Add(scores.size(), labels.data(),
             weights.empty() ? nullptr : weights.data(), scores.data(),
             scores.size());
  return result;
}

void ExpectGroups(const ScoreDistribution& distribution,
                  const std::vector<ScoreGroup>& expected) {
  ASSERT_EQ(distribution.groups().size(), expected.size());
  double positives = 0;
  double negatives = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const ScoreGroup& group = distribution.groups()[i];
    EXPECT_EQ(group.low, expected[i].low) << i;
    EXPECT_EQ(group.high, expected[i].high) << i;
    EXPECT_EQ(group.positives, expected[i].positives) << i;
    EXPECT_EQ(group.negatives, expected[i].negatives) << i;
    positives += group.positives;
    negatives += group.negatives;
  }
  EXPECT_EQ(distribution.positives(), positives);
  EXPECT_EQ(distribution.negatives(), negatives);
}

TEST(ScoreDistributionTest, GroupsEqualScoresAndNeighboursOfOneClass) {
  const LineupScores scores =
      Scores({0.25f, 0.75f, 0.5f, 0.125f, 0.5f, 1, 0}, {0, 1, 1, 0, 0, 1, 1});
  ScoreDistribution distribution;
  distribution.Assign({&scores}, 0, false);
  ExpectGroups(
      distribution,
      {{0.75, 1, 2, 0}, {0.5, 0.5, 1, 1}, {0.125, 0.25, 0, 2}, {0, 0, 1, 0}});
}

TEST(ScoreDistributionTest, LinearValuesAreInOrderToo) {
  const LineupScores scores = Scores({-2, 3, -0.0f, 0.0f, -7}, {1, 1, 0, 1, 0},
                                     {1, 2, 3, 4, 5}, ScoreKind::kLinearValue);
  ScoreDistribution distribution;
  distribution.Assign({&scores}, 0, false);
  ExpectGroups(distribution,
               {{3, 3, 2, 0}, {0, 0, 4, 3}, {-2, -2, 1, 0}, {-7, -7, 0, 5}});
}

TEST(ScoreDistributionTest, TakesSeveralSetsTogether) {
  const LineupScores a = Scores({0.5f, 0.25f}, {1, 0}, {3, 2});
  const LineupScores b = Scores({0.5f, 0.75f}, {0, 1});
  ScoreDistribution distribution;
  distribution.Assign({&a, &b}, 0, false);
  ExpectGroups(distribution,
               {{0.75, 0.75, 1, 0}, {0.5, 0.5, 3, 1}, {0.25, 0.25, 0, 2}});
}

TEST(ScoreDistributionTest, GroupsByBinsIfAskedOrIfASetIsBinned) {
  // 0.6 and 0.60002 share a bin.
  const LineupScores kept = Scores({0.6f, 0.25f}, {1, 0}, {3, 2});
  LineupScores binned = Scores({0.60002f, 0.75f}, {0, 1});
  ScoreDistribution distribution;
  distribution.Assign({&kept, &binned}, 0, true);
  const std::vector<ScoreGroup> groups(distribution.groups().begin(),
                                       distribution.groups().end());
  ASSERT_EQ(groups.size(), 3);
  EXPECT_LE(groups[0].low, 0.75);
  EXPECT_GT(groups[0].high, 0.75);
  EXPECT_EQ(groups[1].positives, 3);
  EXPECT_EQ(groups[1].negatives, 1);
  EXPECT_EQ(groups[2].negatives, 2);
  binned.FoldIntoBins();
  distribution.Assign({&kept, &binned}, 0, false);
  ExpectGroups(distribution, groups);
}

TEST(ScoreDistributionTest, ForgetsWhatItHeld) {
  ScoreDistribution distribution;
  const LineupScores scores = Scores({0.5f, 0.25f}, {1, 0});
  distribution.Assign({&scores}, 0, false);
  const LineupScores other = Scores({0.75f}, {1});
  distribution.Assign({&other}, 0, false);
  ExpectGroups(distribution, {{0.75, 0.75, 1, 0}});
  const LineupScores none = Scores({}, {});
  distribution.Assign({&none}, 0, false);
  ExpectGroups(distribution, {});
}

}  // namespace
}  // namespace lineup
