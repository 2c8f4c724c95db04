#ifndef LINEUP_COMMON_RPC_RPC_SERVER_H_
#define LINEUP_COMMON_RPC_RPC_SERVER_H_

// A gRPC server as every role runs one: the role's services, the standard
// health service, and reflection, so that any client can find its way.

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/rpc/address.h"
#include "common/rpc/security.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/server.h"

namespace lineup {

struct RpcServerOptions {
  Security security;
  // For messages on their way in, over all connections (transport.h).
  size_t message_memory_bytes = size_t{1} << 30;
};

// Thread-safe.
class RpcServer {
 public:
  // Listens and serves. The services must outlive the server. An address that
  // is in use, or cannot be listened on, is an error that says so.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(
      const Address& address, const RpcServerOptions& options,
      absl::Span<grpc::Service* const> services);

  // Stops at once.
  ~RpcServer();

  // With the real port, where any free one was asked for.
  const Address& address() const { return address_; }

  // What the health service answers: whether to send calls here. True at
  // first, false once Shutdown() has begun.
  void SetHealthy(bool healthy);

  // Takes no new calls, lets those that run go on for at most `grace`, and
  // cancels the rest. Returns when no call is left. Can be called again.
  void Shutdown(absl::Duration grace);

 private:
  RpcServer(const Address& address, std::unique_ptr<grpc::Server> server)
      : address_(address), server_(std::move(server)) {}

  const Address address_;
  const std::unique_ptr<grpc::Server> server_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_RPC_SERVER_H_
