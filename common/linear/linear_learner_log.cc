#include "common/linear/linear_learner_log.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;
using Channel = LinearLearnerLog::Channel;

absl::string_view ChannelName(Channel channel) {
  switch (channel) {
    case Channel::kTrain:
      return "train";
    case Channel::kValidation:
      return "validation";
    case Channel::kTest:
      break;
  }
  return "test";
}

// As Python 2 prints a float with str(): 12 digits, and ".0" where there is
// neither point nor exponent.
std::string ShortNumber(double value) {
  std::string text = absl::StrFormat("%.12g", value);
  if (std::isfinite(value) && !absl::StrContains(text, '.') &&
      !absl::StrContains(text, 'e')) {
    text += ".0";
  }
  return text;
}

// As Python writes JSON: one line, with a space after commas and colons. The
// only line ends that dump(0) writes are those between elements.
std::string PythonJson(const Json& json) {
  return absl::StrReplaceAll(
      json.dump(0, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace),
      {{",\n", ", "}, {"\n", ""}});
}

double UnixSeconds(absl::Time time) {
  return static_cast<double>(absl::ToUnixMicros(time)) / 1e6;
}

// A metric of ours and what the Linear Learner's log calls it.
struct LoggedMetric {
  std::string ours;
  std::string logged;
  bool is_loss = false;
};

std::vector<LoggedMetric> LoggedMetrics(const LinearLearnerLog::Job& job,
                                        const std::string& objective) {
  const std::string beta = absl::StrFormat("%.3f", job.f_beta);
  std::vector<LoggedMetric> metrics = {{"objective_loss", objective, true}};
  switch (job.predictor_type) {
    case PredictorType::kBinaryClassifier:
      metrics.push_back(
          {"binary_classification_accuracy", "binary_classification_accuracy"});
      metrics.push_back({"binary_f_beta", absl::StrCat("binary_f_", beta)});
      metrics.push_back({"precision", "precision"});
      metrics.push_back({"recall", "recall"});
      metrics.push_back({"roc_auc_score", "roc_auc_score"});
      break;
    case PredictorType::kMulticlassClassifier:
      metrics.push_back({"multiclass_accuracy", "multiclass_accuracy"});
      metrics.push_back(
          {"multiclass_top_k_accuracy",
           absl::StrCat("multiclass_top_k_accuracy_", job.accuracy_top_k)});
      metrics.push_back({"dcg", "dcg"});
      metrics.push_back({"macro_recall", "macro_recall"});
      metrics.push_back({"macro_precision", "macro_precision"});
      metrics.push_back({"macro_f_beta", absl::StrCat("macro_f_", beta)});
      break;
    case PredictorType::kRegressor:
      metrics.push_back({"mse", "mse", true});
      metrics.push_back({"absolute_loss", "absolute_loss", true});
      break;
  }
  return metrics;
}

}  // namespace

std::string LinearLearnerLog::ObjectiveName() const {
  switch (job_.loss) {
    case LossType::kLogistic:
      return "binary_classification_cross_entropy_objective";
    case LossType::kSoftmax:
      return "multiclass_cross_entropy_objective";
    case LossType::kSquared:
      return "mse_objective";
    default:
      return absl::StrCat(Name(job_.loss), "_objective");
  }
}

std::string LinearLearnerLog::Line(absl::Time now, absl::string_view level,
                                   absl::string_view text) const {
  const std::string date =
      absl::FormatTime("%m/%d/%Y %H:%M:%S", now, absl::UTCTimeZone());
  return absl::StrCat("[", date, " ", level, " ", job_.thread_id, "] ", text);
}

std::string LinearLearnerLog::Info(absl::Time now,
                                   absl::string_view text) const {
  return Line(now, "INFO", text);
}

std::string LinearLearnerLog::FinalConfiguration(
    absl::Time now, const nlohmann::json& hyperparameters) const {
  return Info(now, absl::StrCat("Final configuration: ",
                                PythonJson(Json(hyperparameters))));
}

std::string LinearLearnerLog::EpochObjective(absl::Time now, int64_t epoch,
                                             Channel channel,
                                             double value) const {
  return Info(
      now, absl::StrCat("#quality_metric: host=", job_.host, ", epoch=", epoch,
                        ", ", ChannelName(channel), " ", ObjectiveName(),
                        " <loss>=", ShortNumber(value)));
}

std::string LinearLearnerLog::EarlyStoppingCriteria(absl::Time now,
                                                    int64_t epoch,
                                                    bool has_validation,
                                                    double value) const {
  const bool sampled =
      has_validation &&
      job_.predictor_type == PredictorType::kBinaryClassifier &&
      job_.criterion != SelectionCriterion::kLossFunction;
  const std::string criterion =
      sampled ? absl::StrCat("sampled_", Name(job_.criterion))
              : ObjectiveName();
  return Info(now,
              absl::StrCat("#early_stopping_criteria_metric: host=", job_.host,
                           ", epoch=", epoch, ", criteria=", criterion,
                           ", value=", ShortNumber(value)));
}

std::string LinearLearnerLog::EpochImproved(absl::Time now,
                                            int64_t epoch) const {
  return Info(now, absl::StrCat("Epoch ", epoch,
                                ": Loss improved. Updating best model"));
}

std::string LinearLearnerLog::EpochNotImproved(
    absl::Time now, int64_t epoch, int64_t epochs_without_improvement) const {
  return Info(now, absl::StrCat("Epoch ", epoch, ": Loss has not improved for ",
                                epochs_without_improvement, " epochs."));
}

std::string LinearLearnerLog::SavingModel(absl::Time now, int64_t epoch) const {
  return Info(now, absl::StrCat("Saving model for epoch: ", epoch));
}

std::string LinearLearnerLog::Progress(absl::Time now, int64_t epochs_done,
                                       int64_t epochs) const {
  return Info(now,
              absl::StrCat("#progress_metric: host=", job_.host, ", completed ",
                           100 * epochs_done / epochs, " % of epochs"));
}

std::string LinearLearnerLog::Throughput(absl::Time now, double records,
                                         absl::Duration duration) const {
  const double seconds = absl::ToDoubleSeconds(duration);
  const double rate = seconds > 0 ? records / seconds : 0;
  return Info(now, absl::StrCat("#throughput_metric: host=", job_.host,
                                ", train throughput=", ShortNumber(rate),
                                " records/second"));
}

std::string LinearLearnerLog::ObjectiveMetrics(const Dimensions& dimensions,
                                               Channel channel,
                                               double value) const {
  return Metrics(dimensions,
                 {{absl::StrCat(ChannelName(channel), "_", ObjectiveName()), 1,
                   value, value, value}});
}

std::string LinearLearnerLog::EarlyStop(absl::Time now) const {
  return Info(now, "Early stop condition met. Stopping training.");
}

std::string LinearLearnerLog::ProgressAfterEarlyStop(absl::Time now) const {
  return Info(now, absl::StrCat("#progress_metric: host=", job_.host,
                                ", completed 100 % epochs"));
}

std::vector<std::string> LinearLearnerLog::FinalScores(
    absl::Time now, Channel channel, const MetricValues& metrics) const {
  std::vector<std::string> tuples;
  std::vector<std::string> lines;
  for (const LoggedMetric& metric : LoggedMetrics(job_, ObjectiveName())) {
    const double value = MetricValue(metrics, metric.ours);
    if (std::isnan(value)) continue;
    tuples.push_back(Info(
        now,
        absl::StrCat("#", ChannelName(channel), "_score (", job_.host, ") : ('",
                     metric.logged, "', ", Json(value).dump(), ")")));
    lines.push_back(
        Info(now, absl::StrCat("#quality_metric: host=", job_.host, ", ",
                               ChannelName(channel), " ", metric.logged,
                               metric.is_loss ? " <loss>=" : " <score>=",
                               ShortNumber(value))));
  }
  tuples.insert(tuples.end(), lines.begin(), lines.end());
  return tuples;
}

std::string LinearLearnerLog::BestModel(absl::Time now,
                                        const Candidate& candidate) const {
  const LearningRateSchedule& schedule = candidate.schedule;
  const bool falls = schedule.type != ScheduleType::kConstant;
  const bool steps = schedule.type == ScheduleType::kStep;
  Json json;
  if (steps) json["lr_scheduler_step"] = schedule.step;
  json["wd"] = candidate.wd;
  json["optimizer"] = std::string(Name(candidate.optimizer));
  if (steps) json["lr_scheduler_factor"] = schedule.factor;
  json["l1"] = candidate.l1;
  json["learning_rate"] = candidate.learning_rate;
  if (falls) json["lr_scheduler_minimum_lr"] = schedule.minimum;
  return Info(now, absl::StrCat("Best model found for hyperparameters: ",
                                PythonJson(json)));
}

std::string LinearLearnerLog::NoTestData(absl::Time now) const {
  return Info(now, "Test data is not provided.");
}

std::string LinearLearnerLog::Metrics(
    const Dimensions& dimensions,
    absl::Span<const Statistic> statistics) const {
  Json metrics = Json::object();
  for (const Statistic& s : statistics) {
    metrics[s.name] = {
        {"count", s.count}, {"max", s.max}, {"sum", s.sum}, {"min", s.min}};
  }
  Json dims = Json::object();
  if (dimensions.model.has_value()) dims["model"] = *dimensions.model;
  dims["Host"] = job_.host;
  if (!dimensions.meta.empty()) dims["Meta"] = dimensions.meta;
  dims["Operation"] = "training";
  dims["Algorithm"] = "Linear Learner";
  if (dimensions.epoch.has_value()) dims["epoch"] = *dimensions.epoch;
  const Json line = {{"Metrics", std::move(metrics)},
                     {"EndTime", UnixSeconds(dimensions.end)},
                     {"Dimensions", std::move(dims)},
                     {"StartTime", UnixSeconds(dimensions.start)}};
  return absl::StrCat("#metrics ", PythonJson(line));
}

}  // namespace lineup
