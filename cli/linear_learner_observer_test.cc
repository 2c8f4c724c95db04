#include "cli/linear_learner_observer.h"

#include <atomic>
#include <cmath>
#include <memory>
#include <regex>  // NOLINT: what the tuning service uses is a regular one too
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/linear/metrics.h"
#include "embedded/local_job.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

// A job that has ended, and its log.
struct Run {
  explicit Run(JobPlan p) : plan(std::move(p)) {}

  JobPlan plan;
  std::unique_ptr<LocalJob> job;
  std::string log;

  const JobMachine& machine() const { return job->machine(); }
};

JobSpec SpecFor(const std::string& folder,
                const std::vector<NamedValue>& hyperparameters) {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters(hyperparameters).value();
  spec.train = {"examples/" + folder + "/train.csv"};
  return spec;
}

std::unique_ptr<Run> RunJob(const JobSpec& spec) {
  auto run = std::make_unique<Run>(PlanJob(spec).value());
  const SimulatedClock clock(absl::FromUnixSeconds(1606244064));
  std::ostringstream out;
  LinearLearnerObserver observer(&run->plan, &clock, &out);
  LocalJobOptions options;
  options.cache_dir = testing::TempDir();
  run->job = std::make_unique<LocalJob>(&run->plan, options, &observer);
  const std::atomic<bool> stop{false};
  const absl::Status status = run->job->Run(stop);
  EXPECT_TRUE(status.ok()) << status;
  run->log = out.str();
  return run;
}

// What the first group of `pattern` finds, line by line, as a log is searched.
std::vector<std::string> Found(const std::string& log,
                               const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (const absl::string_view line : absl::StrSplit(log, '\n')) {
    std::smatch match;
    const std::string text(line);
    if (std::regex_search(text, match, regex)) found.push_back(match[1]);
  }
  return found;
}

size_t Count(const std::string& log, const std::string& pattern) {
  return Found(log, pattern).size();
}

// The one value that is found, which must be that of the chosen model.
void ExpectFinal(const Run& run, const MetricValues& metrics,
                 const std::string& metric, const std::string& pattern) {
  const std::vector<std::string> found =
      Found(run.log, "#quality_metric: host=\\S+, " + pattern);
  ASSERT_EQ(found.size(), 1u) << pattern << "\n" << run.log;
  const double expected = MetricValue(metrics, metric);
  EXPECT_NEAR(std::stod(found[0]), expected, 1e-9 * std::abs(expected))
      << pattern;
}

constexpr char kProgress[] = R"(#progress_metric: host=\S+, completed (\S+) %)";
constexpr char kThroughput[] =
    R"(#throughput_metric: host=\S+, train throughput=(\S+) records/second)";
constexpr char kEpochTrain[] =
    R"(#quality_metric: host=\S+, epoch=\S+, train \S+_objective <loss>=(\S+))";
constexpr char kEpochValidation[] =
    R"(#quality_metric: host=\S+, epoch=\S+, validation \S+_objective <loss>=(\S+))";
constexpr char kCriterion[] =
    R"(#early_stopping_criteria_metric: host=\S+, epoch=\S+, criteria=\S+, value=(\S+))";

TEST(LinearLearnerObserverTest, BinaryMetricsAreFoundByTheOfficialExpressions) {
  JobSpec spec =
      SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "50"},
                                {"epochs", "4"},
                                {"early_stopping_patience", "10"}});
  spec.validation = {"examples/breast_cancer/validation.csv"};
  spec.test = spec.validation;
  const auto run = RunJob(spec);
  const std::string& log = run->log;
  EXPECT_EQ(Found(log, kProgress),
            (std::vector<std::string>{"25", "50", "75", "100"}));
  EXPECT_EQ(Count(log, kThroughput), 4u);
  EXPECT_EQ(Count(log, kEpochTrain), 4u);
  EXPECT_EQ(Count(log, kEpochValidation), 4u);
  EXPECT_EQ(Count(log, "(Final configuration: )"), 1u);
  EXPECT_EQ(Count(log, "(Best model found for hyperparameters: )"), 1u);

  const FinalMetrics& metrics = run->machine().final_metrics();
  const std::pair<std::string, const MetricValues*> channels[] = {
      {"train ", &metrics.train},
      {"validation ", &metrics.validation},
      {"test ", &metrics.test}};
  for (const auto& [channel, values] : channels) {
    ExpectFinal(*run, *values, "objective_loss",
                channel + R"(\S+_objective <loss>=(\S+))");
    ExpectFinal(*run, *values, "binary_classification_accuracy",
                channel + R"(binary_classification_accuracy <score>=(\S+))");
    ExpectFinal(*run, *values, "binary_f_beta",
                channel + R"(binary_f_\S+ <score>=(\S+))");
    ExpectFinal(*run, *values, "precision",
                channel + R"(precision <score>=(\S+))");
    ExpectFinal(*run, *values, "recall", channel + R"(recall <score>=(\S+))");
  }
}

TEST(LinearLearnerObserverTest, TheCriterionIsTheBestOfAllCandidates) {
  JobSpec spec =
      SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "50"},
                                {"epochs", "3"}});
  spec.validation = {"examples/breast_cancer/validation.csv"};
  const auto run = RunJob(spec);
  const std::vector<std::string> found = Found(run->log, kCriterion);
  ASSERT_EQ(found.size(), 3u);
  const int64_t best = run->machine().best_epoch();
  EXPECT_NEAR(std::stod(found[best]), run->machine().best_value(), 1e-9);
  EXPECT_TRUE(absl::StrContains(
      run->log, absl::StrCat("Saving model for epoch: ", best)));
  EXPECT_TRUE(absl::StrContains(run->log, "Test data is not provided."));
}

TEST(LinearLearnerObserverTest, EveryCandidateHasItsMetricsLines) {
  JobSpec spec =
      SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "50"},
                                {"epochs", "2"}});
  spec.validation = {"examples/breast_cancer/validation.csv"};
  const auto run = RunJob(spec);
  int train = 0, validation = 0;
  for (const std::string& text : Found(run->log, "^#metrics (.*)$")) {
    const nlohmann::json json = nlohmann::json::parse(text);
    const std::string name = json["Metrics"].begin().key();
    const nlohmann::json& dimensions = json["Dimensions"];
    if (!dimensions.contains("model")) continue;
    const auto& candidate = run->machine().candidates()[dimensions["model"]];
    if (absl::StartsWith(name, "train_")) {
      ++train;
      EXPECT_EQ(json["Metrics"][name]["sum"],
                candidate.train_loss[dimensions["epoch"]]);
    } else {
      ++validation;
      EXPECT_TRUE(absl::StartsWith(name, "validation_")) << name;
    }
  }
  EXPECT_EQ(train, 2 * 32);
  EXPECT_EQ(validation, 2 * 32);
}

TEST(LinearLearnerObserverTest, RegressionMetricsAreFoundToo) {
  JobSpec spec = SpecFor("diabetes", {{"predictor_type", "regressor"},
                                      {"mini_batch_size", "50"},
                                      {"epochs", "30"},
                                      {"early_stopping_patience", "1"},
                                      {"early_stopping_tolerance", "0.2"}});
  spec.validation = {"examples/diabetes/validation.csv"};
  const auto run = RunJob(spec);
  ASSERT_TRUE(run->machine().stopped_early());
  EXPECT_TRUE(absl::StrContains(run->log, "Early stop condition met."));
  EXPECT_EQ(Found(run->log, kProgress).back(), "100");
  const FinalMetrics& metrics = run->machine().final_metrics();
  ExpectFinal(*run, metrics.train, "mse", R"(train mse <loss>=(\S+))");
  ExpectFinal(*run, metrics.validation, "mse",
              R"(validation mse <loss>=(\S+))");
  ExpectFinal(*run, metrics.validation, "absolute_loss",
              R"(validation absolute_loss <loss>=(\S+))");
}

TEST(LinearLearnerObserverTest, WithoutValidationTheTrainingLossIsWatched) {
  const auto run = RunJob(SpecFor("diabetes", {{"predictor_type", "regressor"},
                                               {"mini_batch_size", "50"},
                                               {"epochs", "2"}}));
  EXPECT_EQ(Count(run->log, kEpochTrain), 2u);
  EXPECT_EQ(Count(run->log, kEpochValidation), 0u);
  EXPECT_EQ(Count(run->log, kCriterion), 2u);
  EXPECT_EQ(Count(run->log, "(#validation_score)"), 0u);
  EXPECT_GT(Count(run->log, R"(#train_score \(algo-1\) : (.*))"), 0u);
}

}  // namespace
}  // namespace lineup
