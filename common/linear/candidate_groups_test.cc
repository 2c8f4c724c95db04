#include "common/linear/candidate_groups.h"

#include <algorithm>
#include <set>
#include <vector>

#include "common/linear/candidate_lineup.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using testing::ElementsAre;

Candidate Falling(double minimum) {
  Candidate c;
  c.learning_rate = 0.1;
  c.schedule.type = ScheduleType::kStep;
  c.schedule.learning_rate = 0.1;
  c.schedule.minimum = minimum;
  c.schedule.factor = 0.5;
  c.schedule.step = 10;
  return c;
}

std::vector<size_t> GroupsOf(const CandidateGroups& groups, size_t candidates) {
  std::vector<size_t> of;
  for (size_t c = 0; c < candidates; ++c) of.push_back(groups.group_of(c));
  return of;
}

TEST(CandidateGroupsTest, ThoseThatDifferAreAlone) {
  Candidate b;
  b.wd = 0.1;
  Candidate c;
  c.learning_rate = c.schedule.learning_rate = 0.2;
  const CandidateGroups groups(LineupColumns({Candidate(), b, c}, 1), 0);
  EXPECT_THAT(groups.first_of_group(), ElementsAre(0, 1, 2));
  EXPECT_EQ(groups.same_until(), kNeverDiffer);
}

TEST(CandidateGroupsTest, ThoseOfEqualSettingsStayTogetherForEver) {
  Candidate twin;
  twin.index = 1;
  for (const int64_t update : {int64_t{0}, int64_t{1} << 31}) {
    const CandidateGroups groups(LineupColumns({Candidate(), twin}, 1), update);
    EXPECT_THAT(groups.first_of_group(), ElementsAre(0));
    EXPECT_EQ(groups.same_until(), kNeverDiffer);
  }
}

// 0.1 falls below 0.03 after two halvings, in update 21, and below 0.01 after
// four, in update 41.
TEST(CandidateGroupsTest, AMinimumTellsThemApartWhenItIsReached) {
  const LineupColumns columns(
      {Falling(0.001), Falling(0.03), Falling(0.01), Falling(0)}, 3);
  const CandidateGroups first(columns, 0);
  EXPECT_THAT(first.first_of_group(), ElementsAre(0));
  EXPECT_EQ(first.same_until(), 20);
  const CandidateGroups second(columns, 21);
  EXPECT_THAT(second.first_of_group(), ElementsAre(0, 1));
  EXPECT_THAT(GroupsOf(second, 4), ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(second.same_until(), 40);
  const CandidateGroups third(columns, 41);
  EXPECT_THAT(GroupsOf(third, 4), ElementsAre(0, 1, 2, 0));
  EXPECT_EQ(CandidateGroups(columns, 1000).size(), 4);
}

// What the groups say is what the rates are.
TEST(CandidateGroupsTest, AgreeWithTheRatesOfTheLinearLearnersLineup) {
  const auto hyperparameters =
      ParseHyperparameters({{"predictor_type", "binary_classifier"}});
  ASSERT_TRUE(hyperparameters.ok()) << hyperparameters.status();
  const auto lineup = MakeLineup(*hyperparameters);
  ASSERT_TRUE(lineup.ok()) << lineup.status();
  ASSERT_EQ(lineup->size(), 32);
  const LineupColumns columns(*lineup, 1);
  std::set<size_t> sizes;
  int64_t update = 0;
  for (;;) {
    const CandidateGroups groups(columns, update);
    sizes.insert(groups.size());
    for (size_t c = 0; c < 32; ++c) {
      const LearningRateSchedule& own = (*lineup)[c].schedule;
      const LearningRateSchedule& first =
          (*lineup)[groups.first_of_group()[groups.group_of(c)]].schedule;
      for (int64_t u = std::max<int64_t>(1, groups.same_until() - 3000);
           u <= groups.same_until() && groups.same_until() < kNeverDiffer;
           ++u) {
        ASSERT_EQ(own.At(u), first.At(u)) << c << " at " << u;
      }
    }
    if (groups.same_until() == kNeverDiffer) break;
    update = groups.same_until() + 1;
    if (sizes.size() == 1) {
      EXPECT_EQ(update, 3901);
    }
  }
  EXPECT_EQ(*sizes.begin(), 16);
  EXPECT_EQ(*sizes.rbegin(), 32);
}

TEST(CandidateGroupingsTest, AreThoseOfEveryUpdate) {
  Candidate twin = Falling(0);
  twin.index = 7;
  const LineupColumns columns(
      {Falling(0.001), Falling(0.03), Falling(0.01), Falling(0), twin}, 3);
  const CandidateGroupings groupings(columns);
  for (int64_t update = 0; update < 100; ++update) {
    const CandidateGroups want(columns, update);
    const CandidateGroups& got = groupings.After(update);
    EXPECT_EQ(got.first_of_group(), want.first_of_group()) << update;
    EXPECT_EQ(got.same_until(), want.same_until()) << update;
    EXPECT_EQ(groupings.OfSize(static_cast<uint32_t>(got.size())), &got);
  }
  // Of equal candidates both are never needed, and yet may be sent.
  EXPECT_EQ(groupings.After(100).size(), 4);
  EXPECT_EQ(groupings.OfSize(5)->size(), 5);
  EXPECT_EQ(groupings.OfSize(0), groupings.OfSize(5));
  EXPECT_EQ(groupings.OfSize(6), nullptr);
}

TEST(CandidateGroupsTest, WhatGroupsHaveIsWhatTheirCandidatesHave) {
  const LineupColumns columns({Falling(0.001), Falling(0.03), Falling(0.01)},
                              1);
  const std::vector<double> same = {2.5, 2.5, 2.5};
  EXPECT_EQ(CandidateGroups(columns, 0).ByCandidate<double>({2.5}), same);
  const std::vector<double> apart = {1, 2, 3};
  EXPECT_EQ(CandidateGroups::Apart(columns).ByCandidate(apart), apart);
}

TEST(CandidateGroupsTest, RatesThatRiseAreNotCompared) {
  Candidate a = Falling(0.001), b = Falling(0.002);
  a.schedule.factor = b.schedule.factor = 1.5;
  EXPECT_EQ(CandidateGroups(LineupColumns({a, b}, 1), 0).size(), 2);
}

// A rate that starts below the minimum rises to it, in update `step` + 1.
TEST(CandidateGroupsTest, AMinimumAboveTheRate) {
  const CandidateGroups groups(LineupColumns({Falling(0.001), Falling(0.5)}, 1),
                               0);
  EXPECT_EQ(groups.size(), 1);
  EXPECT_EQ(groups.same_until(), 10);
}

TEST(CandidateGroupsTest, AlsoInverseRoots) {
  Candidate a = Falling(0.001), b = Falling(0.05);
  a.schedule.type = b.schedule.type = ScheduleType::kInverseSqrt;
  const CandidateGroups groups(LineupColumns({a, b}, 1), 0);
  EXPECT_EQ(groups.size(), 1);
  // 0.1 / sqrt(1 + (n - 1) / 10) is 0.05 at n = 31.
  EXPECT_EQ(groups.same_until(), 31);
}

}  // namespace
}  // namespace lineup
