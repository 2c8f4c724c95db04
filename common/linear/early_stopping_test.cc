#include "common/linear/early_stopping.h"

#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using testing::ElementsAre;

std::vector<bool> Improvements(EarlyStopping stopping,
                               const std::vector<double>& values) {
  std::vector<bool> improved;
  for (double value : values) {
    improved.push_back(stopping.Observe(value).improved);
  }
  return improved;
}

// Facts of Amazon's log on the adult data: .384261 follows .384641 (a gain of
// 0.099 %), then .384056 is not an improvement either, although it is 0.15 %
// below .384641; after four such epochs, patience being 3, training stops.
// Those three values are the log's; the ones around them only complete the run.
TEST(EarlyStoppingTest, FollowsTheFactsOfTheAdultLog) {
  EarlyStopping stopping(Goal::kMinimize, 3, 0.001);
  EXPECT_TRUE(stopping.Observe(0.386).improved);
  EXPECT_TRUE(stopping.Observe(0.384641).improved);
  for (double value : {0.384261, 0.384056, 0.383900}) {
    const EarlyStopping::Verdict verdict = stopping.Observe(value);
    EXPECT_FALSE(verdict.improved) << value;
    EXPECT_TRUE(verdict.is_best) << value;
    EXPECT_FALSE(verdict.stop) << value << ": not yet more than patience";
  }
  EXPECT_TRUE(stopping.Observe(0.383800).stop);
  EXPECT_EQ(stopping.state().best, 0.3838);
  EXPECT_EQ(stopping.state().best_epoch, 5);
}

// Accuracies of a log of November 2020 (epochs 0, 1, 2, 7, 12 and 13); all but
// the repeated one rise by more than the tolerance.
TEST(EarlyStoppingTest, RisingAccuracyIsAnImprovement) {
  EXPECT_THAT(Improvements(EarlyStopping(Goal::kMaximize, 3, 0.001),
                           {0.943377806704, 0.970387243736, 0.975919297104,
                            0.993817116824, 0.994956068988, 0.994956068988}),
              ElementsAre(true, true, true, true, true, false));
}

TEST(EarlyStoppingTest, ExactlyTheToleranceIsEnough) {
  EXPECT_THAT(Improvements(EarlyStopping(Goal::kMinimize, 3, 0.25),
                           {8, 6, 5, 3.75, 3.75}),
              ElementsAre(true, true, false, true, false));
}

TEST(EarlyStoppingTest, AnImprovementStartsThePatienceAnew) {
  EarlyStopping stopping(Goal::kMinimize, 1, 0.001);
  EXPECT_FALSE(stopping.Observe(10).stop);
  EXPECT_FALSE(stopping.Observe(11).stop);
  EXPECT_FALSE(stopping.Observe(9).stop);
  EXPECT_FALSE(stopping.Observe(9).stop);
  EXPECT_TRUE(stopping.Observe(9).stop);
  EXPECT_EQ(stopping.state().best_epoch, 2);
}

TEST(EarlyStoppingTest, WorseValuesAreNeitherBestNorImproved) {
  EarlyStopping stopping(Goal::kMaximize, 3, 0.001);
  stopping.Observe(0.9);
  const EarlyStopping::Verdict verdict = stopping.Observe(0.8);
  EXPECT_FALSE(verdict.improved);
  EXPECT_FALSE(verdict.is_best);
  EXPECT_EQ(stopping.state().best, 0.9);
}

TEST(EarlyStoppingTest, NotANumberNeverImproves) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(Improvements(EarlyStopping(Goal::kMinimize, 1, 0.001),
                           {nan, -infinity, 5, nan, 4}),
              ElementsAre(false, false, true, false, true));
  EarlyStopping stopping(Goal::kMinimize, 1, 0.001);
  stopping.Observe(nan);
  EXPECT_TRUE(stopping.Observe(infinity).stop);
  EXPECT_EQ(stopping.state().best_epoch, -1);
}

TEST(EarlyStoppingTest, ZeroAndNegativeLosses) {
  EXPECT_THAT(Improvements(EarlyStopping(Goal::kMinimize, 3, 0.001),
                           {0, 0, -1, -1.0001, -1.1}),
              ElementsAre(true, false, true, false, true));
}

TEST(EarlyStoppingTest, GoesOnFromItsState) {
  EarlyStopping stopping(Goal::kMinimize, 1, 0.001);
  stopping.Observe(3);
  stopping.Observe(3);
  EarlyStopping resumed(Goal::kMinimize, 1, 0.001, stopping.state());
  EXPECT_TRUE(resumed.Observe(3).stop);
  EXPECT_EQ(resumed.state().num_epochs, 3);
}

}  // namespace
}  // namespace lineup
