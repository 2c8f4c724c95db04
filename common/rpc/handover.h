#ifndef LINEUP_COMMON_RPC_HANDOVER_H_
#define LINEUP_COMMON_RPC_HANDOVER_H_

// Tells the thread sanitizer of an order that it cannot see.
//
// What one thread did before it gave something to gRPC (started a call,
// finished one) comes before what another thread does with what it gets from
// gRPC (a request, an answer). gRPC sees to that with locks and atomics, but
// Debian's is not built for the sanitizer. So code that gives calls
// HandToRpc() just before, and code that gets calls TakeFromRpc() first thing.
// In other builds both are nothing.

#include "absl/base/config.h"

#ifdef ABSL_HAVE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace lineup {

#ifdef ABSL_HAVE_THREAD_SANITIZER

namespace handover_internal {
// Its address stands for all of gRPC.
inline char grpc_library;
}  // namespace handover_internal

inline void HandToRpc() { __tsan_release(&handover_internal::grpc_library); }
inline void TakeFromRpc() { __tsan_acquire(&handover_internal::grpc_library); }

#else

inline void HandToRpc() {}
inline void TakeFromRpc() {}

#endif

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_HANDOVER_H_
