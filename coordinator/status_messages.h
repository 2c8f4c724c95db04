// What the coordinator knows, as the messages of the service Jobs.
//
// Thread safety: pure functions of the core, with whose lock they are called.

#ifndef LINEUP_COORDINATOR_STATUS_MESSAGES_H_
#define LINEUP_COORDINATOR_STATUS_MESSAGES_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "coordinator/coordinator_core.h"
#include "proto/jobs.pb.h"

namespace lineup {

v1::JobStatus JobStatusOf(const CoordinatorCore& core,
                          const CoordinatorCore::Job& job, absl::Time now);
v1::ListNodesResponse NodesOf(const CoordinatorCore& core, absl::Time now);
// Of the running job; nothing if there is none.
v1::ListLanesResponse LanesOf(const CoordinatorCore& core);
v1::ListShardsResponse ShardsOf(const CoordinatorCore::Job& job);
v1::ListCandidatesResponse CandidatesOf(const CoordinatorCore::Job& job);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_STATUS_MESSAGES_H_
