#ifndef LINEUP_COMMON_RPC_LISTENING_H_
#define LINEUP_COMMON_RPC_LISTENING_H_

// Whether a process can listen on an address, and if not, why. gRPC's server
// would take over a Unix socket that another process serves, be content with
// one of a name's several addresses, and keep the reason of a failure to
// itself. No gRPC in here.

#include "absl/status/status.h"
#include "common/rpc/address.h"

namespace lineup {

// ALREADY_EXISTS if another process listens there; otherwise an error that
// says what stands in the way and what to do. A Unix socket left behind by a
// process that is gone does not.
absl::Status CheckCanListen(const Address& address);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_LISTENING_H_
