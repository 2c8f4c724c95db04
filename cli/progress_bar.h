// Shows how a job is getting on in one line of a terminal, which is drawn over
// again, at most ten times a second, and wiped out when the job has ended:
//
//   epoch 3/15 train [#.....]  20% 1.25M ex/s best 7 accuracy 0.98  0:07 left
//
// The bar and the time left are those of all epochs; early stopping may end
// the job sooner. Where the terminal is too narrow, the line goes without
// some of its parts, the least important first.

#ifndef LINEUP_CLI_PROGRESS_BAR_H_
#define LINEUP_CLI_PROGRESS_BAR_H_

#include <functional>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/job/job_plan.h"
#include "embedded/job_observer.h"

namespace lineup {

class ProgressBar final : public JobObserver {
 public:
  // Pointers must outlive the object. `columns` is asked for the terminal's
  // width before each drawing.
  ProgressBar(const JobPlan* plan, const Clock* clock,
              std::function<int()> columns, std::ostream* terminal);
  // Wipes the line out, also after an error.
  ~ProgressBar() override;

  void StepBegins(const JobMachine& machine) override;
  void Progress(const JobMachine& machine,
                const StepProgress& progress) override;
  void StepEnded(const JobMachine& machine, JobMachine::Step step,
                 int64_t epoch) override;

 private:
  void Draw(const JobMachine& machine, absl::Time now);
  std::string Line(const JobMachine& machine, absl::Time now, int columns);
  // Between 0 and 1, of all epochs.
  double Fraction(const JobMachine& machine) const;
  // Empty while it is not known.
  std::string TimeLeft(const JobMachine& machine, absl::Time now) const;
  void Wipe();

  const JobPlan& plan_;
  const Clock& clock_;
  const std::function<int()> columns_;
  std::ostream& terminal_;

  absl::Time drawn_ = absl::InfinitePast();
  absl::Time step_drawn_ = absl::InfinitePast();  // as a step began
  bool is_drawn_ = false;

  absl::Time epoch_began_ = absl::InfinitePast();
  absl::Duration last_epoch_;  // 0: there was none
  double epoch_part_ = 0;      // trained of this epoch, between 0 and 1
  double examples_per_second_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_CLI_PROGRESS_BAR_H_
