// What a worker tells the coordinator of an error.
//
// Thread safety: functions.

#ifndef LINEUP_WORKER_NODE_ERROR_H_
#define LINEUP_WORKER_NODE_ERROR_H_

#include "absl/status/status.h"
#include "proto/node.pb.h"

namespace lineup {

// Marks an error in reading data whose cause may be this machine's (a file that
// is not there, may not be read or has changed): another worker may do better.
// Errors in the data itself, and OK, stay as they are.
absl::Status MarkReadError(absl::Status status);

v1::NodeError NodeErrorOf(const absl::Status& status);

}  // namespace lineup

#endif  // LINEUP_WORKER_NODE_ERROR_H_
