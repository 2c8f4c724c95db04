// Writes a job's log as the Linear Learner does (--log-format linear-learner),
// line by line while the job runs, for scripts and tuning services that find
// metrics in it: common/linear/linear_learner_log.h.
//
// As there, the training loss of an epoch is that of normalised labels, and
// the lines of an epoch tell of candidate 0, with the best of all candidates
// in #early_stopping_criteria_metric. An epoch that was stopped half-way is
// left out.

#ifndef LINEUP_CLI_LINEAR_LEARNER_OBSERVER_H_
#define LINEUP_CLI_LINEAR_LEARNER_OBSERVER_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/job/job_plan.h"
#include "common/linear/linear_learner_log.h"
#include "embedded/job_observer.h"

namespace lineup {

class LinearLearnerObserver final : public JobObserver {
 public:
  // All must outlive the object.
  LinearLearnerObserver(const JobPlan* plan, const Clock* clock,
                        std::ostream* out);

  void StepBegins(const JobMachine& machine) override;
  void Progress(const JobMachine& machine,
                const StepProgress& progress) override;
  void StepEnded(const JobMachine& machine, JobMachine::Step step,
                 int64_t epoch) override;

 private:
  void TellEpoch(const JobMachine& machine, int64_t epoch);
  // A #metrics line for each candidate, then candidate 0's loss. They take
  // the losses of `epoch` from the candidates' states.
  void TellTrainLosses(const JobMachine& machine, int64_t epoch);
  void TellValidationLosses(const JobMachine& machine, int64_t epoch);
  void TellCriterion(const JobMachine& machine, int64_t epoch);
  void TellThroughput(const JobMachine& machine, int64_t epoch);
  void TellResult(const JobMachine& machine);
  void Write(absl::string_view line) { out_ << line << "\n"; }

  const JobPlan& plan_;
  const Clock& clock_;
  std::ostream& out_;
  const LinearLearnerLog log_;
  absl::Time job_began_;
  absl::Time epoch_began_;
  absl::Time training_ended_;
  uint64_t records_seen_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_CLI_LINEAR_LEARNER_OBSERVER_H_
