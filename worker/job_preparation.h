// What has to be done before a worker can work on a job: learning of it from
// the coordinator, looking at its data, and, once the sample is known, going to
// the servers of a placement of its slots. Goes on step by step and waits for
// nothing within one.
//
// Thread safety: Advance() and result() by one thread at a time; `wake` is
// called by any.

#ifndef LINEUP_WORKER_JOB_PREPARATION_H_
#define LINEUP_WORKER_JOB_PREPARATION_H_

#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "proto/node.pb.h"
#include "worker/awaited_answer.h"
#include "worker/worker_job.h"
#include "worker/worker_services.h"

namespace lineup {

class JobPreparation {
 public:
  // `routing` has epoch 0 if there are no servers to go to yet. `services` must
  // outlive this, which `wake` tells that it can go on. Destroy it only while
  // it is idle.
  JobPreparation(std::shared_ptr<WorkerJob> job, v1::Routing routing,
                 WorkerServices* services, std::function<void()> wake);

  // Does what can be done without waiting; whether all is done.
  bool Advance();
  const absl::Status& result() const { return *result_; }

  // As AwaitedAnswer's.
  bool idle() { return answer_.idle(); }
  void WaitUntilIdle() { answer_.WaitUntilIdle(); }

 private:
  // Nothing: it waits.
  std::optional<absl::Status> Step();

  const std::shared_ptr<WorkerJob> job_;
  const v1::Routing routing_;
  WorkerServices& services_;
  std::optional<absl::Status> result_;
  v1::JobSetup setup_;
  bool asked_ = false;

  AwaitedAnswer answer_;  // destroyed first
};

}  // namespace lineup

#endif  // LINEUP_WORKER_JOB_PREPARATION_H_
