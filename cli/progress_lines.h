// Tells how a job is getting on in plain lines, for logs and pipes: one when
// training begins, one an epoch, and within an epoch at most one every ten
// seconds.

#ifndef LINEUP_CLI_PROGRESS_LINES_H_
#define LINEUP_CLI_PROGRESS_LINES_H_

#include <cstdint>
#include <ostream>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/job/job_plan.h"
#include "embedded/job_observer.h"

namespace lineup {

class ProgressLines final : public JobObserver {
 public:
  // All must outlive the object.
  ProgressLines(const JobPlan* plan, const Clock* clock, std::ostream* out)
      : plan_(*plan), clock_(*clock), out_(*out) {}

  void StepBegins(const JobMachine& machine) override;
  void Progress(const JobMachine& machine,
                const StepProgress& progress) override;
  void StepEnded(const JobMachine& machine, JobMachine::Step step,
                 int64_t epoch) override;

 private:
  void TellEpoch(const JobMachine& machine, int64_t epoch);

  const JobPlan& plan_;
  const Clock& clock_;
  std::ostream& out_;
  absl::Time step_began_;
  absl::Time last_line_;
  double examples_per_second_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_CLI_PROGRESS_LINES_H_
