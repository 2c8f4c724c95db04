#ifndef LINEUP_COMMON_RPC_FINISH_NOW_H_
#define LINEUP_COMMON_RPC_FINISH_NOW_H_

// The end of a typed unary call on the server's side, from within its handler.

#include "absl/status/status.h"
#include "common/rpc/handover.h"
#include "common/rpc/status.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace lineup {

inline grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                           const absl::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const grpc::Status grpc_status = ToGrpcStatus(status);
  HandToRpc();
  reactor->Finish(grpc_status);
  return reactor;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_FINISH_NOW_H_
