#ifndef LINEUP_COMMON_RPC_REACHABILITY_H_
#define LINEUP_COMMON_RPC_REACHABILITY_H_

// Why nobody answers at an address, in words for people: gRPC says the same of
// a misspelt name, a machine that is off and a process that is not there.

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/address.h"

namespace lineup {

// Looks the name up and tries to connect, for at most `timeout` a machine's
// address (the look-up takes as long as the system's resolver lets it). OK if
// something listens there, whatever it is. Otherwise the message says what is
// wrong and what to check: "nothing listens there (Connection refused); ...".
absl::Status CheckReachable(const Address& address, absl::Duration timeout);

// What became of a call to the coordinator at `address`, for a user: the same
// code and detail, and a message that names the address and tells apart an
// unknown name, no way there, nobody who listens, and somebody else who does.
// May take some seconds if nobody answered. Statuses that the coordinator gave
// itself stay as they are.
absl::Status ExplainCoordinatorError(const Address& address,
                                     const absl::Status& status);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_REACHABILITY_H_
