// What the displays of a running job have in common.
//
// Thread safety: pure functions.

#ifndef LINEUP_CLI_PROGRESS_TEXT_H_
#define LINEUP_CLI_PROGRESS_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "common/job/job_plan.h"
#include "coordinator/job_machine.h"

namespace lineup {

// "17 accuracy 0.9825": the best candidate so far and what it is judged by;
// without validation data that is the training loss of the newest epoch. Empty
// before the first epoch has ended.
std::string BestSoFar(const JobPlan& plan, const JobMachine& machine);

// "950", "1.25k", "12.5k", "1.25M": three digits.
std::string ShortCount(double count);

// "0:07", "12:34", "1:02:03".
std::string ShortDuration(absl::Duration duration);

}  // namespace lineup

#endif  // LINEUP_CLI_PROGRESS_TEXT_H_
