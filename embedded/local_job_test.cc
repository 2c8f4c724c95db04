#include "embedded/local_job.h"

#include <atomic>
#include <string>
#include <vector>

#include "common/model/linear_model.h"
#include "coordinator/job_result.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

JobSpec SpecFor(const std::string& folder,
                const std::vector<NamedValue>& hyperparameters) {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters(hyperparameters).value();
  spec.train = {"examples/" + folder + "/train.csv"};
  spec.validation = {"examples/" + folder + "/validation.csv"};
  return spec;
}

// The chosen model and its metrics on validation data.
struct Outcome {
  LinearModel model;
  ModelDocument document;
};

Outcome TrainModel(const JobSpec& spec, int threads) {
  const JobPlan plan = PlanJob(spec).value();
  LocalJobOptions options;
  options.threads = threads;
  LocalJob job(&plan, options, nullptr);
  const std::atomic<bool> stop{false};
  const absl::Status status = job.Run(stop);
  EXPECT_TRUE(status.ok()) << status;
  return {MakeModel(plan, job.machine()).value(),
          MakeDocument(plan, job.machine(), 0)};
}

TEST(LocalJobTest, ABinaryClassifierIsChosenByItsAccuracy) {
  const Outcome outcome = TrainModel(
      SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "50"}}),
      2);
  const ModelDocument& document = outcome.document;
  EXPECT_EQ(document.candidates.size(), 32u);
  EXPECT_EQ(document.selection_data, "validation");
  const double accuracy = MetricValue(document.validation_metrics,
                                      "binary_classification_accuracy");
  EXPECT_GE(accuracy, 0.97);
  for (const CandidateReport& candidate : document.candidates) {
    EXPECT_LE(
        MetricValue(candidate.validation, "binary_classification_accuracy"),
        accuracy);
  }
  EXPECT_EQ(outcome.model.threshold,
            document.candidates[document.best_candidate].threshold);
}

TEST(LocalJobTest, ARegressorPredictsInTheLabelsOwnUnits) {
  const Outcome outcome = TrainModel(
      SpecFor("diabetes",
              {{"predictor_type", "regressor"}, {"mini_batch_size", "50"}}),
      1);
  // The labels' standard deviation is 77; least squares leaves about 54.
  EXPECT_LT(MetricValue(outcome.document.validation_metrics, "rmse"), 60);
  EXPECT_GT(MetricValue(outcome.document.train_metrics, "rmse"), 40);
}

TEST(LocalJobTest, ThreadsDoNotChangeABit) {
  const JobSpec spec =
      SpecFor("digits", {{"predictor_type", "multiclass_classifier"},
                         {"num_classes", "10"},
                         {"mini_batch_size", "100"},
                         {"epochs", "4"}});
  const Outcome one = TrainModel(spec, 1);
  for (const int threads : {2, 4}) {
    const Outcome more = TrainModel(spec, threads);
    EXPECT_EQ(more.model.weights, one.model.weights) << threads;
    EXPECT_EQ(more.model.bias, one.model.bias) << threads;
    EXPECT_EQ(more.document.validation_metrics,
              one.document.validation_metrics);
  }
  EXPECT_GT(MetricValue(one.document.validation_metrics, "multiclass_accuracy"),
            0.9);
}

TEST(LocalJobTest, WithoutValidationTheTrainingDataDecides) {
  JobSpec spec =
      SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "50"},
                                {"epochs", "3"}});
  spec.validation.clear();
  const Outcome outcome = TrainModel(spec, 2);
  EXPECT_EQ(outcome.document.selection_data, "train");
  EXPECT_TRUE(outcome.document.validation_metrics.empty());
  ASSERT_FALSE(outcome.document.notes.empty());
  EXPECT_GE(MetricValue(outcome.document.train_metrics,
                        "binary_classification_accuracy"),
            0.97);
}

TEST(LocalJobTest, APartCanBeHeldOut) {
  JobSpec spec = SpecFor(
      "breast_cancer",
      {{"predictor_type", "binary_classifier"}, {"mini_batch_size", "50"}});
  spec.validation.clear();
  spec.validation_fraction = 0.25;
  const Outcome outcome = TrainModel(spec, 2);
  EXPECT_EQ(outcome.document.selection_data, "validation");
  const int trained = outcome.document.data["train"]["examples"];
  EXPECT_GT(trained, 455 * 0.6);
  EXPECT_LT(trained, 455 * 0.9);
}

TEST(LocalJobTest, AStoppedJobKeepsItsBestModel) {
  const JobPlan plan =
      PlanJob(SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                        {"mini_batch_size", "50"}}))
          .value();
  // Stops in the second epoch.
  class Stopper : public JobObserver {
   public:
    void StepBegins(const JobMachine&) override {}
    void Progress(const JobMachine& machine, const StepProgress&) override {
      if (machine.epoch() == 1) stop = true;
    }
    void StepEnded(const JobMachine&, JobMachine::Step, int64_t) override {}
    std::atomic<bool> stop{false};
  };
  Stopper stopper;
  LocalJob job(&plan, LocalJobOptions(), &stopper);
  ASSERT_TRUE(job.Run(stopper.stop).ok());
  EXPECT_TRUE(job.machine().stopped_by_user());
  EXPECT_EQ(job.machine().best_epoch(), 0);
  EXPECT_TRUE(MakeModel(plan, job.machine()).ok());
}

TEST(LocalJobTest, TheModelIsThereBeforeItIsMeasured) {
  const JobSpec spec =
      SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "50"},
                                {"epochs", "3"}});
  const JobPlan plan = PlanJob(spec).value();
  const std::atomic<bool> stop{false};
  LocalJob job(&plan, LocalJobOptions(), nullptr);
  ASSERT_TRUE(job.Run(stop, JobMachine::Step::kMeasure).ok());
  EXPECT_EQ(job.machine().step(), JobMachine::Step::kMeasure);
  const LinearModel model = MakeModel(plan, job.machine()).value();
  ASSERT_TRUE(job.Run(stop).ok());
  EXPECT_EQ(job.machine().step(), JobMachine::Step::kDone);
  const Outcome at_once = TrainModel(spec, 1);
  EXPECT_EQ(model.weights, at_once.model.weights);
  EXPECT_EQ(model.threshold, at_once.model.threshold);
  EXPECT_EQ(MakeDocument(plan, job.machine(), 0).validation_metrics,
            at_once.document.validation_metrics);
}

TEST(LocalJobTest, StoppedBeforeTheFirstMinibatchThereIsNoModel) {
  const JobPlan plan =
      PlanJob(
          SpecFor("breast_cancer", {{"predictor_type", "binary_classifier"}}))
          .value();
  LocalJob job(&plan, LocalJobOptions(), nullptr);
  const std::atomic<bool> stop{true};
  EXPECT_EQ(job.Run(stop),
            absl::FailedPreconditionError(
                "stopped before the first minibatch was learnt from: there is "
                "no model yet"));
}

}  // namespace
}  // namespace lineup
