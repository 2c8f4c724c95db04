#include "common/rpc/handover.h"

#ifdef ABSL_HAVE_THREAD_SANITIZER

// gRPC's header files are compiled, and instrumented, as part of our code, but
// order what they do by means of the library, which the sanitizer does not
// see. Left out are accesses that gRPC's own functions make, and what happens
// within those that make, parse and destroy messages and calls. None of these
// calls code of ours, so nothing of ours is left out.
extern "C" const char* __tsan_default_suppressions() {
  return "race_top:^grpc::\n"
         "race_top:^grpc_\n"
         "race:^grpc::internal::CallOpSet<\n"
         "race:grpc::internal::ClientCallbackUnaryFactory::Create\n"
         "race:^grpc::internal::DefaultMessageHolder<\n"
         "race:^grpc::internal::CallbackUnaryHandler<*::Deserialize\n"
         // It stops threads without joining them.
         "thread:^grpc_core::Thread::Thread\n";
}

#endif
