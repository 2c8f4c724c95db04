// Parts of an evaluation, merged in every way.

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/linear/candidate_groups_testing.h"
#include "common/linear/lineup_evaluation_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

struct MergeCase {
  PredictorType type;
  LossType loss;
  size_t outputs;
  bool weighted;
  uint64_t exact_examples;
  uint64_t num_calibration_samples;
};

class MergeTest : public testing::TestWithParam<MergeCase> {
 protected:
  MergeTest() : columns_(MixedColumns(3, GetParam().outputs)) {
    settings_ = SettingsFor(GetParam().type, GetParam().loss);
    settings_.exact_examples = GetParam().exact_examples;
    settings_.num_calibration_samples = GetParam().num_calibration_samples;
    data_ = RandomScores(settings_, columns_, 1000, GetParam().weighted, 17);
  }

  // One evaluation a part of the data, which is cut at random.
  std::vector<LineupEvaluation> Parts(SplitMix64* random) const {
    std::vector<LineupEvaluation> parts;
    for (size_t begin = 0; begin < data_.labels.size();) {
      const size_t end =
          std::min<size_t>(data_.labels.size(), begin + random->Below(400));
      parts.emplace_back(settings_, columns_);
      AddRange(data_, columns_.width(), begin, end, &parts.back());
      begin = end;
    }
    return parts;
  }

  LineupEvaluation Sent(const LineupEvaluation& part) const {
    auto received =
        LineupEvaluation::Parse(settings_, columns_, part.Serialize());
    EXPECT_TRUE(received.ok()) << received.status();
    return *std::move(received);
  }

  EvaluationSettings settings_;
  LineupColumns columns_;
  Scored data_;
};

TEST_P(MergeTest, AnyGroupingGivesTheSameBits) {
  SplitMix64 random(23);
  for (int round = 0; round < 20; ++round) {
    std::vector<LineupEvaluation> parts = Parts(&random);
    LineupEvaluation one_after_another(settings_, columns_);
    for (const LineupEvaluation& part : parts) one_after_another.Merge(part);
    // Neighbours in a random order, some of them by way of bytes.
    while (parts.size() > 1) {
      const size_t at = random.Below(parts.size() - 1);
      if (random.Below(2) == 0) parts[at] = Sent(parts[at]);
      parts[at].Merge(random.Below(2) == 0 ? Sent(parts[at + 1])
                                           : parts[at + 1]);
      parts.erase(parts.begin() + at + 1);
    }
    ExpectSame(parts[0].Finish(), one_after_another.Finish());
  }
}

TEST_P(MergeTest, PartsGiveTheWhole) {
  SplitMix64 random(29);
  const LineupResults whole = Evaluate(settings_, columns_, data_);
  LineupEvaluation merged(settings_, columns_);
  for (const LineupEvaluation& part : Parts(&random)) merged.Merge(part);
  const LineupResults results = merged.Finish();
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(results.candidates[c].threshold, whole.candidates[c].threshold);
    ExpectNear(results.candidates[c].metrics, whole.candidates[c].metrics);
  }
}

TEST_P(MergeTest, TheOrderOfPartsChangesNothingIfAllAreCalibratedOn) {
  if (GetParam().num_calibration_samples < 1000) GTEST_SKIP();
  SplitMix64 random(31);
  std::vector<LineupEvaluation> parts = Parts(&random);
  LineupEvaluation forward(settings_, columns_);
  for (const LineupEvaluation& part : parts) forward.Merge(part);
  std::reverse(parts.begin(), parts.end());
  LineupEvaluation backward(settings_, columns_);
  for (const LineupEvaluation& part : parts) backward.Merge(part);
  ExpectSame(forward.Finish(), backward.Finish());
}

TEST_P(MergeTest, MetricsAreThoseOfTheThreshold) {
  const LineupResults results = Evaluate(settings_, columns_, data_);
  for (size_t c = 0; c < 3; ++c) {
    const CandidateEvaluation& found = results.candidates[c];
    MetricValues expected =
        OneByOne(settings_, columns_, data_, c, found.threshold);
    ASSERT_EQ(found.metrics.size(), expected.size());
    for (size_t m = 0; m < expected.size(); ++m) {
      // Scores of one bin count as ties in the ROC curve.
      const bool binned =
          !results.exact_thresholds && expected[m].first == "roc_auc_score";
      EXPECT_NEAR(found.metrics[m].second, expected[m].second,
                  binned ? 1e-3 : 1e-13 * (1 + expected[m].second))
          << expected[m].first;
    }
  }
}

// Candidates of a group have what each would have alone.
TEST_P(MergeTest, AGroupStandsForItsCandidates) {
  const LineupColumns columns = PairsOfCandidates(2, GetParam().outputs);
  const CandidateGroupings groupings(columns);
  const CandidateGroups& groups = *groupings.OfSize(2);
  const LineupColumns firsts = columns.Keep(groups.first_of_group());
  const Scored of_groups =
      RandomScores(settings_, firsts, 1000, GetParam().weighted, 29);
  Scored of_all = of_groups;
  of_all.scores.assign(1000 * columns.width(), 0.0f);
  for (size_t i = 0; i < 1000; ++i) {
    for (size_t c = 0; c < columns.num_candidates(); ++c) {
      std::copy_n(
          &of_groups.scores[i * firsts.width() +
                            firsts.first_column(groups.group_of(c))],
          columns.outputs(),
          &of_all.scores[i * columns.width() + columns.first_column(c)]);
    }
  }
  LineupEvaluation all(settings_, columns);
  LineupEvaluation grouped(settings_, columns, groups);
  EXPECT_EQ(grouped.width(), firsts.width());
  for (const auto& [begin, end] : {std::pair(0, 600), std::pair(600, 1000)}) {
    LineupEvaluation part(settings_, columns, groups);
    AddRange(of_groups, firsts.width(), begin, end, &part);
    const auto sent = LineupEvaluation::Parse(settings_, columns, groupings,
                                              part.Serialize());
    ASSERT_TRUE(sent.ok()) << sent.status();
    grouped.Merge(*sent);
    LineupEvaluation part_of_all(settings_, columns);
    AddRange(of_all, columns.width(), begin, end, &part_of_all);
    all.Merge(part_of_all);
  }
  ExpectSame(grouped.Finish(), all.Finish());
  EXPECT_EQ(grouped.MetricsAt(3, 0.5), all.MetricsAt(3, 0.5));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MergeTest,
    testing::Values(
        // Exact; all in the sample, or only some.
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  false, 5000, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kHinge, 1, true,
                  5000, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  true, 5000, 300},
        // In bins; all in the sample, or only some.
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  false, 500, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kHinge, 1, true,
                  999, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  true, 500, 300},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kHinge, 1, false,
                  500, 500},
        MergeCase{PredictorType::kMulticlassClassifier, LossType::kSoftmax, 4,
                  true, 500, 300},
        MergeCase{PredictorType::kRegressor, LossType::kHuber, 1, true, 500,
                  300}));

}  // namespace
}  // namespace lineup
