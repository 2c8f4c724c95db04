// What a peer may send. That good parts come through unchanged is tested with
// merging (lineup_evaluation_test.cc).

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "common/linear/aligned.h"
#include "common/linear/lineup_evaluation.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/evaluation.pb.h"

namespace lineup {
namespace {

using testing::HasSubstr;
using Part = v1::EvaluationPart;

LineupColumns Columns(size_t outputs) {
  return LineupColumns(std::vector<Candidate>(2), outputs);
}

size_t OutputsOf(const EvaluationSettings& settings) {
  return settings.predictor_type == PredictorType::kMulticlassClassifier ? 3
                                                                         : 1;
}

// A part of `n` examples.
Part PartOf(const EvaluationSettings& settings, size_t n) {
  const LineupColumns columns = Columns(OutputsOf(settings));
  LineupEvaluation evaluation(settings, columns);
  std::vector<float> labels;
  std::vector<float> weights;
  AlignedFloats scores;
  for (size_t i = 0; i < n; ++i) {
    labels.push_back(static_cast<float>(i % 2));
    weights.push_back(2);
    scores.resize(scores.size() + columns.width(), static_cast<float>(i));
  }
  evaluation.Add(n, labels.data(), weights.data(), scores.data());
  Part part;
  EXPECT_TRUE(part.ParseFromString(evaluation.Serialize()));
  return part;
}

// The error of a part that was changed.
std::string Refused(const EvaluationSettings& settings, size_t n,
                    const std::function<void(Part*)>& change) {
  Part part = PartOf(settings, n);
  change(&part);
  const auto result = LineupEvaluation::Parse(
      settings, Columns(OutputsOf(settings)), part.SerializeAsString());
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(result.status().message());
}

EvaluationSettings Binary() {
  EvaluationSettings settings;
  settings.exact_examples = 8;
  return settings;
}

TEST(LineupEvaluationCodecTest, BytesThatAreNoMessage) {
  const auto result = LineupEvaluation::Parse(Binary(), Columns(1), "\xff\xff");
  EXPECT_EQ(result.status().message(),
            "malformed part of an evaluation: found bytes that are not an "
            "EvaluationPart (proto/evaluation.proto)");
}

TEST(LineupEvaluationCodecTest, SizesThatContradictEachOther) {
  EXPECT_EQ(Refused(Binary(), 3,
                    [](Part* part) { part->set_diverged(std::string(3, 0)); }),
            "malformed part of an evaluation: found the number of candidates "
            "3, expected 2");
  EXPECT_THAT(
      Refused(Binary(), 3, [](Part* part) { part->set_num_examples(4); }),
      HasSubstr("found the number of scored examples 3, expected 4"));
  EXPECT_THAT(Refused(Binary(), 3,
                      [](Part* part) {
                        part->mutable_binary()->mutable_loss()->RemoveLast();
                      }),
              HasSubstr("found the number of candidates 1, expected 2"));
  const auto sample = [](Part* part) {
    return part->mutable_binary()->mutable_sample();
  };
  EXPECT_THAT(
      Refused(Binary(), 3, [&](Part* part) { sample(part)->set_labels("\1"); }),
      HasSubstr("found the number of labels 1, expected 3"));
  EXPECT_THAT(
      Refused(Binary(), 3, [&](Part* part) { sample(part)->add_weights(1); }),
      HasSubstr("found the number of weights 4, expected 3"));
  EXPECT_THAT(Refused(Binary(), 3,
                      [&](Part* part) {
                        sample(part)->mutable_columns(1)->add_scores(0.5);
                      }),
              HasSubstr("found the number of scores 4, expected 3"));
  EXPECT_THAT(Refused(Binary(), 3,
                      [&](Part* part) {
                        sample(part)->mutable_columns()->RemoveLast();
                      }),
              HasSubstr("found the number of candidates 1, expected 2"));
}

TEST(LineupEvaluationCodecTest, ImpossibleValues) {
  const auto sample = [](Part* part) {
    return part->mutable_binary()->mutable_sample();
  };
  EXPECT_EQ(
      Refused(Binary(), 3, [](Part* part) { part->set_diverged("\2\1"); }),
      "malformed part of an evaluation: 2 is not possible as a truth "
      "value");
  EXPECT_THAT(
      Refused(Binary(), 3,
              [&](Part* part) { (*sample(part)->mutable_labels())[1] = 2; }),
      HasSubstr("2 is not possible as a label"));
  for (const float weight : {-1.0f, HUGE_VALF, std::nanf("")}) {
    EXPECT_THAT(
        Refused(Binary(), 3,
                [&](Part* part) { sample(part)->set_weights(2, weight); }),
        HasSubstr("is not possible as a weight"));
  }
  for (const float score : {-0.1f, 1.1f, std::nanf("")}) {
    EXPECT_THAT(Refused(Binary(), 3,
                        [&](Part* part) {
                          sample(part)->mutable_columns(0)->set_scores(2,
                                                                       score);
                        }),
                HasSubstr("is not possible as a score"));
  }
  EXPECT_THAT(
      Refused(Binary(), 3,
              [](Part* part) {
                part->mutable_binary()->mutable_loss(0)->add_sum(HUGE_VAL);
              }),
      HasSubstr("inf is not possible as a sum"));
  EXPECT_THAT(Refused(Binary(), 3,
                      [](Part* part) {
                        auto* const loss =
                            part->mutable_binary()->mutable_loss(0);
                        for (int i = 0; i < 65; ++i) loss->add_sum(1);
                      }),
              HasSubstr("expected at most 64"));
  EXPECT_THAT(Refused(Binary(), 3,
                      [](Part* part) {
                        auto* const loss =
                            part->mutable_binary()->mutable_loss(0);
                        for (int i = 0; i < 2; ++i) loss->add_weight(1.7e308);
                      }),
              HasSubstr("inf is not possible as a sum"));
}

TEST(LineupEvaluationCodecTest, Bins) {
  const auto column = [](Part* part) {
    return part->mutable_binary()->mutable_sample()->mutable_bins(1);
  };
  EXPECT_THAT(
      Refused(Binary(), 20, [&](Part* part) { column(part)->set_gap(2, 0); }),
      HasSubstr("expected bins in order, below 98305"));
  EXPECT_THAT(
      Refused(Binary(), 20, [&](Part* part) { column(part)->set_gap(2, ~0u); }),
      HasSubstr("expected bins in order, below 98305"));
  EXPECT_THAT(
      Refused(Binary(), 20, [&](Part* part) { column(part)->add_positive(1); }),
      HasSubstr("found the number of bins"));
  EXPECT_THAT(Refused(Binary(), 20,
                      [&](Part* part) { column(part)->set_negative(0, -1); }),
              HasSubstr("-1 is not possible as a weight"));
}

TEST(LineupEvaluationCodecTest, NumbersOfExamplesThatThePartCannotHave) {
  EXPECT_THAT(Refused(Binary(), 20,
                      [](Part* part) { part->set_num_examples(~uint64_t{0}); }),
              HasSubstr("found the number of examples 18446744073709551615"));
  EXPECT_THAT(
      Refused(Binary(), 20,
              [](Part* part) {
                part->mutable_binary()->mutable_sample()->set_num_examples(
                    ~uint64_t{0});
              }),
      HasSubstr("found the number of examples 18446744073709551615"));
  // More kept than the receiver would.
  EvaluationSettings roomy = Binary();
  roomy.exact_examples = 100;
  EXPECT_EQ(LineupEvaluation::Parse(Binary(), Columns(1),
                                    PartOf(roomy, 20).SerializeAsString())
                .status()
                .message(),
            "malformed part of an evaluation: found the number of examples "
            "20, expected at most 8");
  // A larger sample than is calibrated on, and one with others beside it.
  EvaluationSettings small = Binary();
  small.num_calibration_samples = 5;
  EXPECT_THAT(std::string(LineupEvaluation::Parse(
                              small, Columns(1),
                              PartOf(Binary(), 8).SerializeAsString())
                              .status()
                              .message()),
              HasSubstr("found the number of examples to calibrate on 8, "
                        "expected at most 5"));
  EXPECT_THAT(
      std::string(LineupEvaluation::Parse(Binary(), Columns(1),
                                          PartOf(small, 8).SerializeAsString())
                      .status()
                      .message()),
      HasSubstr("as there are others"));
}

TEST(LineupEvaluationCodecTest, GroupsThatThereAreAtNoTime) {
  EXPECT_THAT(Refused(Binary(), 3, [](Part* part) { part->set_groups(77); }),
              HasSubstr("found the number of groups 77, expected as many as "));
}

TEST(LineupEvaluationCodecTest, AnotherKindOfPredictor) {
  EvaluationSettings multiclass = Binary();
  multiclass.predictor_type = PredictorType::kMulticlassClassifier;
  multiclass.loss = LossType::kSoftmax;
  EvaluationSettings regression = Binary();
  regression.predictor_type = PredictorType::kRegressor;
  regression.loss = LossType::kSquared;
  const std::vector<EvaluationSettings> all = {Binary(), multiclass,
                                               regression};
  for (size_t sent = 0; sent < all.size(); ++sent) {
    for (size_t expected = 0; expected < all.size(); ++expected) {
      EXPECT_EQ(LineupEvaluation::Parse(
                    all[expected], Columns(OutputsOf(all[expected])),
                    PartOf(all[sent], 3).SerializeAsString())
                    .ok(),
                sent == expected);
    }
  }
  EXPECT_THAT(
      Refused(multiclass, 3,
              [](Part* part) { part->mutable_multiclass(0)->add_met(1); }),
      HasSubstr("found the number of classes 4, expected 3"));
  EXPECT_THAT(
      Refused(regression, 3,
              [](Part* part) {
                part->mutable_regression(0)->mutable_means()->RemoveLast();
              }),
      HasSubstr("found the number of means 2, expected 3"));
}

}  // namespace
}  // namespace lineup
