// The course of a job, as a state machine: what is to be done next, given what
// has come out so far. The same machine runs inside `lineup train` and in the
// coordinator of a cluster; it has no threads, files or clocks, and its state
// is a pure function of the plan and the results that it was told.
//
//   kSample    read a small sample (sample_statistics.h)        -> Sampled
//   kTrain     one epoch over all splits, all candidates        -> Trained
//   kEvaluate  score all candidates on the validation data, or, without
//              any, once at the end on the training data        -> Evaluated
//   kKeep      copy the weights of best_candidate()             -> Kept
//   kMeasure   the kept model on train, validation and test     -> Measured
//   kDone
//
// With validation data every epoch is evaluated, and whenever the best
// candidate is better than all before, its weights are kept: the job ends with
// the best epoch's model, not the last one's. Without, training goes on until
// the training loss stops falling, and the last weights are evaluated.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_JOB_MACHINE_H_
#define LINEUP_COORDINATOR_JOB_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/job_plan.h"
#include "common/job/sample_statistics.h"
#include "common/job/training_setup.h"
#include "common/linear/candidate_weights.h"
#include "common/linear/early_stopping.h"
#include "common/linear/epoch_loss.h"
#include "common/linear/lineup_evaluation.h"
#include "common/linear/metrics.h"
#include "common/linear/selection.h"

namespace lineup {

// Metrics of the chosen model; empty where there is no such data.
struct FinalMetrics {
  MetricValues train;
  MetricValues validation;
  MetricValues test;
};

class JobMachine {
 public:
  enum class Step { kSample, kTrain, kEvaluate, kKeep, kMeasure, kDone };

  // What is known of one candidate.
  struct CandidateState {
    std::vector<double> train_loss;                      // one an epoch
    std::optional<CandidateEvaluation> evaluation;       // the newest
    std::optional<CandidateEvaluation> kept_evaluation;  // of the kept epoch
    int64_t diverged_in_epoch = -1;                      // -1: it did not
  };

  // What a machine remembers, from Sampled on.
  struct Course {
    Step step = Step::kTrain;
    SampleStatistics sample;
    uint64_t num_examples = 0;
    int64_t epoch = 0;
    EarlyStopping::State stopping;
    bool stopped_early = false;
    std::vector<CandidateState> candidates;
    size_t best_candidate = 0;
    int64_t best_epoch = -1;
    double best_value = 0;
    CandidateWeights kept;
    uint64_t examples_per_epoch = 0;
    bool stopped_by_user = false;
    FinalMetrics final_metrics;
  };

  // `plan` must outlive the machine.
  explicit JobMachine(const JobPlan* plan);

  // A machine that goes on where another one of the same plan was, at the
  // beginning of its step. INVALID_ARGUMENT if there is no such machine.
  static absl::StatusOr<JobMachine> GoOn(const JobPlan* plan, Course course);
  Course course() const;

  Step step() const { return step_; }
  // The epoch of kTrain and what follows it, from 0.
  int64_t epoch() const { return epoch_; }

  // Results, each only in its step. An error ends the job.
  absl::Status Sampled(SampleStatistics sample, uint64_t num_examples);
  absl::Status Trained(const EpochLoss& loss);
  absl::Status Evaluated(LineupResults results);
  void Kept(CandidateWeights weights);
  void Measured(FinalMetrics metrics);

  // The user wants the job to end now. What has been kept is measured; if
  // nothing has, the weights as they stand are evaluated and kept. The epoch
  // under way is not counted. FAILED_PRECONDITION before training began.
  absl::Status Stop();

  // From Sampled on.
  const TrainingSetup& setup() const { return *setup_; }
  // What the candidates are compared by.
  ComparedBy compared_by() const;
  // From Evaluated on: position of the best candidate, its epoch, and the
  // criterion's value.
  size_t best_candidate() const { return best_candidate_; }
  int64_t best_epoch() const { return best_epoch_; }
  double best_value() const { return best_value_; }
  bool stopped_early() const { return stopped_early_; }
  bool stopped_by_user() const { return stopped_by_user_; }
  // Of the newest epoch: whether the criterion improved.
  const EarlyStopping::Verdict& verdict() const { return verdict_; }
  const EarlyStopping& early_stopping() const { return early_stopping_; }

  const std::vector<CandidateState>& candidates() const { return candidates_; }
  // What was kept, the lineup of that one candidate, and its threshold.
  const CandidateWeights& kept() const { return kept_; }
  LineupColumns KeptColumns() const;
  double kept_threshold() const;
  const FinalMetrics& final_metrics() const { return final_metrics_; }
  const SampleStatistics& sample() const { return sample_; }
  uint64_t examples_per_epoch() const { return examples_per_epoch_; }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void Observe(double criterion);
  static absl::Status CheckCourse(const JobPlan& plan, const Course& course);
  void NoteStop();
  // After an epoch is trained, evaluated and perhaps kept.
  void NextEpochOrEnd();
  bool LastEpoch() const;

  const JobPlan* plan_;
  Step step_ = Step::kSample;
  int64_t epoch_ = 0;
  std::optional<TrainingSetup> setup_;
  SampleStatistics sample_;
  uint64_t num_examples_ = 0;
  EarlyStopping early_stopping_;
  EarlyStopping::Verdict verdict_;
  std::vector<CandidateState> candidates_;
  size_t best_candidate_ = 0;
  int64_t best_epoch_ = -1;
  double best_value_ = 0;
  bool stopped_early_ = false;
  bool stopped_by_user_ = false;
  CandidateWeights kept_;
  FinalMetrics final_metrics_;
  uint64_t examples_per_epoch_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOB_MACHINE_H_
