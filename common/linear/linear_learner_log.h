// The log lines of Amazon SageMaker's Linear Learner, for scripts and tuning
// jobs that read them (--log-format linear-learner): the regular expressions of
// its metric definitions match what is written here.
//
//   [11/24/2020 18:54:24 INFO 140513285547840] #quality_metric: host=algo-1,
//   epoch=12, validation binary_classification_cross_entropy_objective
//   <loss>=0.207834607493                                       (one line)
//
// The form is that of training logs of 2018 to 2020. Not seen there, and so
// ours in wording: objectives of losses other than logistic, softmax, squared
// and absolute, criteria other than accuracy, and the line of an epoch without
// improvement.
// As there, the value of the epoch lines (EpochObjective) is that of
// candidate 0, and the best over all candidates is EarlyStoppingCriteria's.
//
// Every function returns one line (FinalScores: several) without its end.
// Thread safety: immutable; pure functions of what is passed.

#ifndef LINEUP_COMMON_LINEAR_LINEAR_LEARNER_LOG_H_
#define LINEUP_COMMON_LINEAR_LINEAR_LEARNER_LOG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/linear/candidate.h"
#include "common/linear/metrics.h"
#include "common/linear/types.h"
#include "nlohmann/json.hpp"

namespace lineup {

class LinearLearnerLog {
 public:
  enum class Channel { kTrain, kValidation, kTest };

  // What all lines of a job share.
  struct Job {
    std::string host = "algo-1";
    uint64_t thread_id = 1;
    PredictorType predictor_type = PredictorType::kBinaryClassifier;
    LossType loss = LossType::kLogistic;
    SelectionCriterion criterion = SelectionCriterion::kAccuracy;
    int64_t accuracy_top_k = 3;
    double f_beta = 1;
  };

  // One entry of a #metrics line.
  struct Statistic {
    std::string name;
    int64_t count = 1;
    double max = 0;
    double sum = 0;
    double min = 0;
  };

  // When and of what a #metrics line tells; unset dimensions are left out.
  struct Dimensions {
    absl::Time start;
    absl::Time end;
    std::optional<int64_t> epoch;
    std::optional<int64_t> model;
    std::string meta;  // "training_data_iter"
  };

  explicit LinearLearnerLog(Job job) : job_(std::move(job)) {}

  // "binary_classification_cross_entropy_objective", …
  std::string ObjectiveName() const;

  // Any text behind the prefix of date, level ("INFO", "WARNING") and thread.
  std::string Line(absl::Time now, absl::string_view level,
                   absl::string_view text) const;

  std::string FinalConfiguration(absl::Time now,
                                 const nlohmann::json& hyperparameters) const;

  // Once an epoch.
  std::string EpochObjective(absl::Time now, int64_t epoch, Channel channel,
                             double value) const;
  std::string EarlyStoppingCriteria(absl::Time now, int64_t epoch,
                                    bool has_validation, double value) const;
  std::string EpochImproved(absl::Time now, int64_t epoch) const;
  std::string EpochNotImproved(absl::Time now, int64_t epoch,
                               int64_t epochs_without_improvement) const;
  std::string SavingModel(absl::Time now, int64_t epoch) const;
  std::string Progress(absl::Time now, int64_t epochs_done,
                       int64_t epochs) const;
  std::string Throughput(absl::Time now, double records,
                         absl::Duration duration) const;
  // One for each candidate and channel.
  std::string ObjectiveMetrics(const Dimensions& dimensions, Channel channel,
                               double value) const;

  std::string EarlyStop(absl::Time now) const;
  std::string ProgressAfterEarlyStop(absl::Time now) const;

  // At the end. Scores first as tuples, then for the regular expressions; a
  // metric that is NaN is left out.
  std::vector<std::string> FinalScores(absl::Time now, Channel channel,
                                       const MetricValues& metrics) const;
  std::string BestModel(absl::Time now, const Candidate& candidate) const;
  std::string NoTestData(absl::Time now) const;

  // "#metrics {…}", which has no prefix.
  std::string Metrics(const Dimensions& dimensions,
                      absl::Span<const Statistic> statistics) const;

 private:
  std::string Info(absl::Time now, absl::string_view text) const;

  Job job_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LINEAR_LEARNER_LOG_H_
