#include "common/linear/lineup_scores.h"

#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr size_t kCandidates = 3;

struct Data {
  std::vector<uint8_t> labels;
  std::vector<float> weights;
  std::vector<float> scores;  // by candidate, then example
};

Data RandomData(size_t n) {
  SplitMix64 random(n);
  Data data;
  for (size_t i = 0; i < n; ++i) {
    data.labels.push_back(static_cast<uint8_t>(random.Below(2)));
    data.weights.push_back(static_cast<float>(1 + random.Below(3)));
  }
  for (size_t i = 0; i < n * kCandidates; ++i) {
    data.scores.push_back(static_cast<float>(random.Uniform()));
  }
  return data;
}

void Add(const Data& data, size_t begin, size_t n, bool weighted,
         LineupScores* scores) {
  scores->Add(n, &data.labels[begin], weighted ? &data.weights[begin] : nullptr,
              &data.scores[begin], data.labels.size());
}

TEST(LineupScoresTest, KeepsScoresByCandidate) {
  const Data data = RandomData(10);
  LineupScores scores(kCandidates, ScoreKind::kProbability);
  Add(data, 0, 4, false, &scores);
  Add(data, 4, 6, false, &scores);
  EXPECT_EQ(scores.size(), 10);
  EXPECT_EQ(scores.state().labels, data.labels);
  EXPECT_TRUE(scores.state().weights.empty());
  for (size_t c = 0; c < kCandidates; ++c) {
    EXPECT_EQ(scores.state().scores[c],
              std::vector<float>(data.scores.begin() + c * 10,
                                 data.scores.begin() + (c + 1) * 10));
  }
}

TEST(LineupScoresTest, ExamplesWithoutWeightsWeighOne) {
  const Data data = RandomData(6);
  LineupScores scores(kCandidates, ScoreKind::kProbability);
  Add(data, 0, 2, false, &scores);
  Add(data, 2, 2, true, &scores);
  Add(data, 4, 2, false, &scores);
  EXPECT_EQ(scores.state().weights,
            (std::vector<float>{1, 1, data.weights[2], data.weights[3], 1, 1}));
}

TEST(LineupScoresTest, AppendsARange) {
  const Data data = RandomData(10);
  for (const bool weighted : {false, true}) {
    LineupScores all(kCandidates, ScoreKind::kProbability);
    Add(data, 0, 10, weighted, &all);
    LineupScores range(kCandidates, ScoreKind::kProbability);
    range.Append(all, 0, 3);
    range.Append(all, 3, 0);
    range.Append(all, 3, 7);
    EXPECT_EQ(range.size(), 10);
    EXPECT_EQ(range.state().labels, all.state().labels);
    EXPECT_EQ(range.state().weights, all.state().weights);
    EXPECT_EQ(range.state().scores, all.state().scores);
  }
}

TEST(LineupScoresTest, BinsAreTheSameHoweverTheyWereFilled) {
  const Data data = RandomData(100);
  LineupScores folded_last(kCandidates, ScoreKind::kProbability);
  Add(data, 0, 100, true, &folded_last);
  folded_last.FoldIntoBins();

  LineupScores folded_first(kCandidates, ScoreKind::kProbability);
  folded_first.FoldIntoBins();
  Add(data, 0, 100, true, &folded_first);

  LineupScores merged(kCandidates, ScoreKind::kProbability);
  Add(data, 0, 30, true, &merged);
  LineupScores kept(kCandidates, ScoreKind::kProbability);
  Add(data, 30, 40, true, &kept);
  LineupScores binned(kCandidates, ScoreKind::kProbability);
  Add(data, 70, 30, true, &binned);
  binned.FoldIntoBins();
  merged.Append(binned, 0, 30);
  merged.Append(kept, 0, 40);

  for (const LineupScores* scores : {&folded_last, &folded_first, &merged}) {
    EXPECT_TRUE(scores->binned());
    EXPECT_EQ(scores->size(), 100);
    EXPECT_TRUE(scores->state().scores.empty());
    EXPECT_EQ(scores->state().bins, folded_last.state().bins);
  }
  double sum = 0;
  for (const double weight : folded_last.state().bins[1]) sum += weight;
  double expected = 0;
  for (const float weight : data.weights) expected += weight;
  EXPECT_EQ(sum, expected);
}

}  // namespace
}  // namespace lineup
