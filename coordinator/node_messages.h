// What the coordinator answers workers who ask about a job (proto/node.proto).
//
// Thread safety: pure functions.

#ifndef LINEUP_COORDINATOR_NODE_MESSAGES_H_
#define LINEUP_COORDINATOR_NODE_MESSAGES_H_

#include <string>

#include "absl/status/statusor.h"
#include "coordinator/coordinator_core.h"
#include "proto/node.pb.h"

namespace lineup {

// A job that runs or has run. UNKNOWN_JOB if there is none; RETRY_LATER while
// it is being taken up again after a restart.
absl::StatusOr<const CoordinatorCore::Job*> FindRun(const CoordinatorCore& core,
                                                    const std::string& id);

// Of such a job.
v1::JobSetup MakeJobSetup(const CoordinatorCore::Job& job);
v1::KeptModel MakeKeptModel(const CoordinatorCore::Job& job);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_NODE_MESSAGES_H_
