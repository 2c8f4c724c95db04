// Watches a job while it runs: progress bars, logs.
//
// Thread safety: called by the thread that runs the job, between two pieces of
// its work, so it should be quick.

#ifndef LINEUP_EMBEDDED_JOB_OBSERVER_H_
#define LINEUP_EMBEDDED_JOB_OBSERVER_H_

#include <cstdint>

#include "coordinator/job_machine.h"

namespace lineup {

// How far a step has come.
struct StepProgress {
  uint64_t examples = 0;
  // Of the whole step; estimated from file sizes before the first epoch ends.
  uint64_t total_examples = 0;
};

class JobObserver {
 public:
  virtual ~JobObserver() = default;

  // `machine.step()` begins.
  virtual void StepBegins(const JobMachine& machine) = 0;
  virtual void Progress(const JobMachine& machine,
                        const StepProgress& progress) = 0;
  // `step` of `epoch` has ended, and the machine knows its results. Not called
  // for training that the user stopped half-way.
  virtual void StepEnded(const JobMachine& machine, JobMachine::Step step,
                         int64_t epoch) = 0;
};

}  // namespace lineup

#endif  // LINEUP_EMBEDDED_JOB_OBSERVER_H_
