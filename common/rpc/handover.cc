#include "common/rpc/handover.h"

#ifdef ABSL_HAVE_THREAD_SANITIZER

// gRPC's header files are compiled, and instrumented, as part of our code, but
// order what they do by means of the library, which the sanitizer does not
// see. Left out are accesses that gRPC's own functions make, and what happens
// within those that make, parse and destroy messages and calls. Of our code
// these call nothing but OnDone() of a server's reactors, which lets go of
// things. (Functions of a bool are gRPC's alone: none of ours takes one.)
extern "C" const char* __tsan_default_suppressions() {
  return "race_top:^grpc::\n"
         "race_top:^grpc_\n"
         "race_top:^std::_Function_handler<*grpc::\n"
         "race_top:^std::_Function_base::_M_empty\n"
         "race_top:^std::function<void (bool)>::operator()\n"
         // What it keeps of a call on either side.
         "race:^grpc::internal::CallOpSet<\n"
         "race:^grpc::internal::CallbackWithSuccessTag::Set\n"
         "race:^grpc::internal::CallbackWithStatusTag::CallbackWith\n"
         "race:^grpc::internal::DefaultMessageHolder<\n"
         "race:^grpc::internal::InterceptorBatchMethodsImpl\n"
         "race:^grpc::ClientContext::\n"
         "race:^grpc::Status::\n"
         // Of a client's call.
         "race:^grpc::internal::BlockingUnaryCall\n"
         "race:^grpc::internal::CallbackUnaryCallImpl\n"
         "race:grpc::internal::ClientCallback*Factory*::Create\n"
         "race:^grpc::internal::ClientCallback*Impl<*>::Read(\n"
         "race:^grpc::internal::ClientCallback*Impl<*>::Write(\n"
         "race:^grpc::internal::ClientCallback*Impl*::StartCall()$\n"
         // Of a server's.
         "race:^grpc::internal::Callback*Handler<*::Callback*Handler(std::\n"
         "race:^grpc::internal::Callback*Handler<*::Deserialize\n"
         "race:^grpc::internal::ServerCallbackCall::ServerCallbackCall\n"
         "race:^grpc::internal::ServerCallbackCall::Ref\n"
         "race:^grpc::internal::ServerCallbackCall::Unref\n"
         "race:^grpc::internal::ServerCallbackCall::MaybeDone\n"
         "race:^grpc::internal::Callback*Handler<*Impl::CallOnDone\n"
         "race:^grpc::internal::Callback*Handler<*Impl::ServerCallback\n"
         "race:^grpc::internal::Callback*Handler<*Impl::~ServerCallback\n"
         "race:^grpc::internal::Callback*Handler<*Impl::Read(\n"
         "race:^grpc::internal::Callback*Handler<*Impl::Write(\n"
         "race:^grpc::internal::Callback*Handler<*Impl::Finish(grpc::Status)$\n"
         "race:^grpc::Server*Reactor*::InternalBindCall\n"
         "race:^grpc::Server*Reactor*::PreBindBacklog\n"
         // It stops threads without joining them.
         "thread:^grpc_core::Thread::Thread\n";
}

#endif
