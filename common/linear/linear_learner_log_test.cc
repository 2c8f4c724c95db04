#include "common/linear/linear_learner_log.h"

#include <limits>
#include <regex>  // NOLINT: what the tuning service uses is a regular one too
#include <tuple>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using testing::ElementsAre;
using Channel = LinearLearnerLog::Channel;

absl::Time Now() {
  return absl::FromCivil(absl::CivilSecond(2020, 11, 24, 18, 54, 29),
                         absl::UTCTimeZone());
}

LinearLearnerLog MakeLog(PredictorType predictor, LossType loss) {
  LinearLearnerLog::Job job;
  job.thread_id = 140513285547840;
  job.predictor_type = predictor;
  job.loss = loss;
  return LinearLearnerLog(job);
}

LinearLearnerLog Binary() {
  return MakeLog(PredictorType::kBinaryClassifier, LossType::kLogistic);
}

const char kPrefix[] = "[11/24/2020 18:54:29 INFO 140513285547840] ";

// What the first group of `pattern` finds in `text`, or "no match".
std::string Found(const std::string& text, const std::string& pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern))) return "no match";
  return match[1];
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Lines of Amazon's log of that date, digit by digit.
TEST(LinearLearnerLogTest, LinesAreThoseOfARealLog) {
  const LinearLearnerLog log = Binary();
  const std::string prefix = kPrefix;
  EXPECT_EQ(
      log.EpochObjective(Now(), 12, Channel::kValidation, 0.20783460749312),
      prefix +
          "#quality_metric: host=algo-1, epoch=12, validation "
          "binary_classification_cross_entropy_objective "
          "<loss>=0.207834607493");
  EXPECT_EQ(log.EarlyStoppingCriteria(Now(), 12, true, 0.99495606898812),
            prefix +
                "#early_stopping_criteria_metric: host=algo-1, epoch=12, "
                "criteria=sampled_accuracy, value=0.994956068988");
  EXPECT_EQ(log.EpochImproved(Now(), 12),
            prefix + "Epoch 12: Loss improved. Updating best model");
  EXPECT_EQ(log.SavingModel(Now(), 12), prefix + "Saving model for epoch: 12");
  EXPECT_EQ(log.Progress(Now(), 13, 15),
            prefix + "#progress_metric: host=algo-1, completed 86 % of epochs");
  EXPECT_EQ(log.Throughput(Now(), 248650384033, absl::Seconds(10000000)),
            prefix +
                "#throughput_metric: host=algo-1, train "
                "throughput=24865.0384033 records/second");
  EXPECT_EQ(log.EarlyStop(Now()),
            prefix + "Early stop condition met. Stopping training.");
  EXPECT_EQ(log.ProgressAfterEarlyStop(Now()),
            prefix + "#progress_metric: host=algo-1, completed 100 % epochs");
  EXPECT_EQ(log.NoTestData(Now()), prefix + "Test data is not provided.");
  EXPECT_EQ(log.Line(Now(), "WARNING", "x"),
            "[11/24/2020 18:54:29 WARNING 140513285547840] x");
}

TEST(LinearLearnerLogTest, MetricsLineIsThatOfARealLog) {
  LinearLearnerLog::Dimensions dimensions;
  dimensions.start = absl::FromUnixMicros(1606244064235257);
  dimensions.end = absl::FromUnixMicros(1606244064235277);
  dimensions.epoch = 12;
  dimensions.model = 5;
  EXPECT_EQ(
      Binary().ObjectiveMetrics(dimensions, Channel::kValidation,
                                0.039191052186694705),
      "#metrics {\"Metrics\": "
      "{\"validation_binary_classification_cross_entropy_objective\": "
      "{\"count\": 1, \"max\": 0.039191052186694705, \"sum\": "
      "0.039191052186694705, \"min\": 0.039191052186694705}}, \"EndTime\": "
      "1606244064.235277, \"Dimensions\": {\"model\": 5, \"Host\": \"algo-1\", "
      "\"Operation\": \"training\", \"Algorithm\": \"Linear Learner\", "
      "\"epoch\": 12}, \"StartTime\": 1606244064.235257}");
}

TEST(LinearLearnerLogTest, MetricsLineOfADataIteratorIsJson) {
  LinearLearnerLog::Dimensions dimensions;
  dimensions.start = absl::FromUnixMicros(1000000);
  dimensions.end = absl::FromUnixMicros(2500000);
  dimensions.meta = "training_data_iter";
  const std::string line = Binary().Metrics(
      dimensions, {{"Total Records Seen", 1, 5, 5, 5}, {"epochs", 2, 3, 4, 1}});
  const nlohmann::json json =
      nlohmann::json::parse(line.substr(std::string("#metrics ").size()));
  EXPECT_EQ(json["EndTime"], 2.5);
  EXPECT_EQ(json["Dimensions"]["Meta"], "training_data_iter");
  EXPECT_FALSE(json["Dimensions"].contains("model"));
  EXPECT_EQ(json["Metrics"]["epochs"]["count"], 2);
  EXPECT_EQ(json["Metrics"]["epochs"]["sum"], 4);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(LinearLearnerLogTest, BestModelIsThatOfARealLog) {
  Candidate candidate;
  candidate.wd = 0.0001;
  candidate.learning_rate = 0.1;
  candidate.schedule = {ScheduleType::kStep, 0.1, 1e-5, 0.99, 100, 0};
  EXPECT_EQ(Binary().BestModel(Now(), candidate),
            std::string(kPrefix) +
                "Best model found for hyperparameters: "
                "{\"lr_scheduler_step\": 100, \"wd\": 0.0001, \"optimizer\": "
                "\"adam\", \"lr_scheduler_factor\": 0.99, \"l1\": 0.0, "
                "\"learning_rate\": 0.1, \"lr_scheduler_minimum_lr\": 1e-05}");
}

TEST(LinearLearnerLogTest, FinalScoresAreThoseOfARealLog) {
  const MetricValues metrics = {
      {"objective_loss", 0.03732493755447333},
      {"recall", 1.0},
      {"binary_classification_accuracy", 0.9947933615359583},
      {"roc_auc_score", std::numeric_limits<double>::quiet_NaN()}};
  const std::string p = kPrefix;
  EXPECT_THAT(
      Binary().FinalScores(Now(), Channel::kValidation, metrics),
      ElementsAre(
          p + "#validation_score (algo-1) : "
              "('binary_classification_cross_entropy_objective', "
              "0.03732493755447333)",
          p + "#validation_score (algo-1) : ('binary_classification_accuracy', "
              "0.9947933615359583)",
          p + "#validation_score (algo-1) : ('recall', 1.0)",
          p + "#quality_metric: host=algo-1, validation "
              "binary_classification_cross_entropy_objective "
              "<loss>=0.0373249375545",
          p + "#quality_metric: host=algo-1, validation "
              "binary_classification_accuracy <score>=0.994793361536",
          p + "#quality_metric: host=algo-1, validation recall <score>=1.0"));
}

// The regular expressions that Amazon gives a tuning job.
TEST(LinearLearnerLogTest, TuningExpressionsOfEpochLinesMatch) {
  const LinearLearnerLog log =
      MakeLog(PredictorType::kRegressor, LossType::kAbsolute);
  EXPECT_EQ(Found(log.Progress(Now(), 1, 10),
                  R"(#progress_metric: host=\S+, completed (\S+) %)"),
            "10");
  EXPECT_EQ(
      Found(
          log.Throughput(Now(), 300, absl::Seconds(2)),
          R"(#throughput_metric: host=\S+, train throughput=(\S+) records/second)"),
      "150.0");
  EXPECT_EQ(
      Found(
          log.EpochObjective(Now(), 3, Channel::kTrain, 0.5),
          R"(#quality_metric: host=\S+, epoch=\S+, train \S+_objective <loss>=(\S+))"),
      "0.5");
  EXPECT_EQ(
      Found(
          log.EpochObjective(Now(), 3, Channel::kValidation, 1e-7),
          R"(#quality_metric: host=\S+, epoch=\S+, validation \S+_objective <loss>=(\S+))"),
      "1e-07");
}

struct FinalCase {
  PredictorType predictor;
  LossType loss;
  std::string metric;
  std::string pattern;  // behind "#quality_metric: host=\S+, <channel> "
};

TEST(LinearLearnerLogTest, TuningExpressionsOfFinalScoresMatch) {
  const PredictorType binary = PredictorType::kBinaryClassifier;
  const PredictorType multi = PredictorType::kMulticlassClassifier;
  const PredictorType regressor = PredictorType::kRegressor;
  const std::vector<FinalCase> cases = {
      {binary, LossType::kLogistic, "objective_loss",
       R"(\S+_objective <loss>=(\S+))"},
      {binary, LossType::kHinge, "objective_loss",
       R"(\S+_objective <loss>=(\S+))"},
      {binary, LossType::kLogistic, "binary_classification_accuracy",
       R"(binary_classification_accuracy <score>=(\S+))"},
      {binary, LossType::kLogistic, "binary_f_beta",
       R"(binary_f_\S+ <score>=(\S+))"},
      {binary, LossType::kLogistic, "precision", R"(precision <score>=(\S+))"},
      {binary, LossType::kLogistic, "recall", R"(recall <score>=(\S+))"},
      {regressor, LossType::kQuantile, "objective_loss",
       R"(\S+_objective <loss>=(\S+))"},
      {regressor, LossType::kSquared, "mse", R"(mse <loss>=(\S+))"},
      {regressor, LossType::kSquared, "absolute_loss",
       R"(absolute_loss <loss>=(\S+))"},
      {multi, LossType::kSoftmax, "objective_loss",
       R"(\S+_objective <loss>=(\S+))"},
      {multi, LossType::kSoftmax, "multiclass_accuracy",
       R"(multiclass_accuracy <score>=(\S+))"},
      {multi, LossType::kSoftmax, "multiclass_top_k_accuracy",
       R"(multiclass_top_k_accuracy_\S+ <score>=(\S+))"},
      {multi, LossType::kSoftmax, "dcg", R"(dcg <score>=(\S+))"},
      {multi, LossType::kSoftmax, "macro_recall",
       R"(macro_recall <score>=(\S+))"},
      {multi, LossType::kSoftmax, "macro_precision",
       R"(macro_precision <score>=(\S+))"},
      {multi, LossType::kSoftmax, "macro_f_beta",
       R"(macro_f_\S+ <score>=(\S+))"},
  };
  const std::pair<Channel, std::string> channels[] = {
      {Channel::kTrain, "train"},
      {Channel::kValidation, "validation"},
      {Channel::kTest, "test"}};
  for (const FinalCase& c : cases) {
    for (const auto& [channel, name] : channels) {
      const std::string text =
          Joined(MakeLog(c.predictor, c.loss)
                     .FinalScores(Now(), channel, {{c.metric, 0.25}}));
      EXPECT_EQ(Found(text, R"(#quality_metric: host=\S+, )" + name + " " +
                                c.pattern),
                "0.25")
          << text;
    }
  }
}

TEST(LinearLearnerLogTest, NamesCarryTheirParameters) {
  LinearLearnerLog::Job job;
  job.predictor_type = PredictorType::kMulticlassClassifier;
  job.loss = LossType::kSoftmax;
  job.accuracy_top_k = 5;
  job.f_beta = 0.5;
  const std::string text = Joined(LinearLearnerLog(job).FinalScores(
      Now(), Channel::kTest,
      {{"multiclass_top_k_accuracy", 0.9}, {"macro_f_beta", 0.8}}));
  EXPECT_THAT(text, testing::HasSubstr("multiclass_top_k_accuracy_5 <score>"));
  EXPECT_THAT(text, testing::HasSubstr("macro_f_0.500 <score>=0.8"));
}

TEST(LinearLearnerLogTest, ObjectivesAndCriteria) {
  const auto objective = [](PredictorType predictor, LossType loss) {
    return MakeLog(predictor, loss).ObjectiveName();
  };
  EXPECT_EQ(objective(PredictorType::kRegressor, LossType::kSquared),
            "mse_objective");
  EXPECT_EQ(objective(PredictorType::kRegressor, LossType::kAbsolute),
            "absolute_loss_objective");
  EXPECT_EQ(objective(PredictorType::kRegressor, LossType::kHuber),
            "huber_loss_objective");
  EXPECT_EQ(objective(PredictorType::kMulticlassClassifier, LossType::kSoftmax),
            "multiclass_cross_entropy_objective");
  EXPECT_EQ(Found(Binary().EarlyStoppingCriteria(Now(), 0, false, 0.5),
                  R"(criteria=(\S+),)"),
            "binary_classification_cross_entropy_objective");
  EXPECT_EQ(Found(Binary().EpochNotImproved(Now(), 6, 2), "(Epoch 6.*)"),
            "Epoch 6: Loss has not improved for 2 epochs.");
}

TEST(LinearLearnerLogTest, FinalConfigurationIsOneLineOfJson) {
  const std::string line =
      Binary().FinalConfiguration(Now(), {{"epochs", 3}, {"wd", {0.5, 1.0}}});
  EXPECT_EQ(line, std::string(kPrefix) +
                      "Final configuration: {\"epochs\": 3, \"wd\": [0.5, "
                      "1.0]}");
}

}  // namespace
}  // namespace lineup
