#ifndef LINEUP_COMMON_RPC_PEER_CERTIFICATE_H_
#define LINEUP_COMMON_RPC_PEER_CERTIFICATE_H_

// The certificate that somebody shows who listens at an address. gRPC says of
// one that it does not accept only that the handshake failed.

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/address.h"

namespace lineup {

// Begins a TLS handshake, and gives the peer's certificates as PEM, its own
// first, whether or not they are to be trusted. Waits for at most `timeout` for
// the connection, and as long for each message of the handshake. UNAVAILABLE if
// nobody there speaks TLS.
absl::StatusOr<std::string> PeerCertificates(const Address& address,
                                             absl::Duration timeout);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_PEER_CERTIFICATE_H_
