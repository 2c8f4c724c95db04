#include "common/linear/roc_auc.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(RocAucTest, CountsTheOrderedPairs) {
  // The example in scikit-learn's documentation of roc_auc_score: 3 of the 4
  // pairs are in order.
  RocAuc auc;
  auc.Add(0.1f, false);
  auc.Add(0.4f, false);
  auc.Add(0.35f, true);
  auc.Add(0.8f, true);
  EXPECT_DOUBLE_EQ(auc.Value(), 0.75);
}

TEST(RocAucTest, TiesCountHalf) {
  RocAuc auc;
  auc.Add(0.5f, false);
  auc.Add(0.5f, true);
  EXPECT_DOUBLE_EQ(auc.Value(), 0.5);
  auc.Add(0.75f, true);
  EXPECT_DOUBLE_EQ(auc.Value(), 0.75);
  auc.Add(0.0f, false);
  auc.Add(-0.0f, true);
  // Pairs: 0.5/0.5 half, 0.5/0.75 one, 0.5/-0 none, 0/0.5 and 0/0.75 one, 0/-0
  // half: 4 of 6.
  EXPECT_DOUBLE_EQ(auc.Value(), 4.0 / 6.0);
}

TEST(RocAucTest, NegativeScoresAreInOrder) {
  RocAuc auc;
  auc.Add(-3.0f, false);
  auc.Add(-2.0f, true);
  auc.Add(1.0f, false);
  auc.Add(2.0f, true);
  EXPECT_DOUBLE_EQ(auc.Value(), 0.75);
}

TEST(RocAucTest, AnExampleOfWeightTwoCountsAsTwo) {
  RocAuc weighted;
  weighted.Add(0.2f, true, 2);
  weighted.Add(0.3f, false, 3);
  weighted.Add(0.4f, true, 1);
  weighted.Add(0.1f, false, 0);
  RocAuc repeated;
  for (int i = 0; i < 2; ++i) repeated.Add(0.2f, true);
  for (int i = 0; i < 3; ++i) repeated.Add(0.3f, false);
  repeated.Add(0.4f, true);
  EXPECT_DOUBLE_EQ(weighted.Value(), repeated.Value());
  EXPECT_DOUBLE_EQ(weighted.Value(), 1.0 / 3.0);
}

TEST(RocAucTest, OneClassAloneHasNone) {
  RocAuc auc;
  EXPECT_TRUE(std::isnan(auc.Value()));
  auc.Add(0.2f, true);
  EXPECT_TRUE(std::isnan(auc.Value()));
}

// A fixed stream with a known amount of disorder.
float ScoreOf(int i) { return static_cast<float>((i * 7919) % 1009) / 1009; }
bool PositiveOf(int i) { return ScoreOf(i) + 0.3 * (i % 3) > 0.6; }

RocAuc Stream(int begin, int end, size_t exact_examples) {
  RocAuc auc(exact_examples);
  for (int i = begin; i < end; ++i) auc.Add(ScoreOf(i), PositiveOf(i));
  return auc;
}

TEST(RocAucTest, BinsAreCloseToExact) {
  const double exact = Stream(0, 5000, 5000).Value();
  const double binned = Stream(0, 5000, 100).Value();
  EXPECT_NEAR(binned, exact, 1e-4);
  EXPECT_NE(binned, 0.5);
}

TEST(RocAucTest, TheValueDoesNotDependOnTheCut) {
  for (const size_t limit : {100u, 1000u, 1500u, 2000u}) {
    const double whole = Stream(0, 2000, limit).Value();
    for (const int cut : {0, 1, 700, 1999, 2000}) {
      RocAuc merged = Stream(0, cut, limit);
      merged.Merge(Stream(cut, 2000, limit));
      EXPECT_EQ(merged.Value(), whole) << limit << " " << cut;
    }
  }
}

}  // namespace
}  // namespace lineup
