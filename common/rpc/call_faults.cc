#include "common/rpc/call_faults.h"

#include <utility>

#include "common/rpc/raw_call.h"
#include "common/rpc/timer.h"

namespace lineup {
namespace {

using grpc::experimental::ClientInterceptorFactoryInterface;
using grpc::experimental::ClientRpcInfo;
using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

// For how long a copy waits for its connection: where many processes share few
// processors that comes about late.
constexpr absl::Duration kConnectPatience = absl::Seconds(10);

grpc::Status Lost() {
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost, for a test");
}

}  // namespace

// One call.
class CallFaults::Interceptor final : public grpc::experimental::Interceptor {
 public:
  Interceptor(CallFaults* faults, const Fault& fault,
              const std::shared_ptr<grpc::Channel>& copies, std::string method)
      : faults_(*faults),
        fault_(fault),
        copies_(copies),
        method_(std::move(method)) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    const auto at = [methods](InterceptionHookPoints point) {
      return methods->QueryInterceptionHookPoint(point);
    };
    if (fault_.kind == Kind::kUnsent) {
      if (at(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
        methods->Hijack();
        return;
      }
      if (at(InterceptionHookPoints::PRE_RECV_MESSAGE)) {
        methods->FailHijackedRecvMessage();
      }
      if (at(InterceptionHookPoints::PRE_RECV_STATUS)) {
        *methods->GetRecvStatus() = Lost();
      }
    }
    if (fault_.kind == Kind::kUnanswered &&
        at(InterceptionHookPoints::POST_RECV_STATUS)) {
      *methods->GetRecvStatus() = Lost();
    }
    if (fault_.kind == Kind::kDuplicated &&
        at(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      faults_.SendCopy(copies_, method_, *methods->GetSerializedSendMessage(),
                       fault_.delay);
    }
    if (fault_.kind == Kind::kDelayed &&
        at(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      Timer::Start(fault_.delay, [methods](Timer::End) { methods->Proceed(); });
      return;
    }
    methods->Proceed();
  }

 private:
  CallFaults& faults_;
  const Fault fault_;
  const std::shared_ptr<grpc::Channel>& copies_;
  const std::string method_;
};

class CallFaults::Factory final : public ClientInterceptorFactoryInterface {
 public:
  Factory(CallFaults* faults, const std::shared_ptr<grpc::Channel>& copies)
      : faults_(*faults), copies_(copies) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      ClientRpcInfo* info) override {
    if (info->type() != ClientRpcInfo::Type::UNARY) return nullptr;
    const Fault fault = faults_.Draw();
    if (fault.kind == Kind::kNone) return nullptr;
    return new Interceptor(&faults_, fault, copies_, info->method());
  }

 private:
  CallFaults& faults_;
  const std::shared_ptr<grpc::Channel>& copies_;
};

CallFaults::CallFaults(const CallFaultOptions& options)
    : options_(options), random_(options.seed) {}

CallFaults::~CallFaults() {
  MutexLock lock(&mutex_);
  while (copies_under_way_ > 0) copy_ended_.Wait(&mutex_);
}

std::vector<std::unique_ptr<ClientInterceptorFactoryInterface>>
CallFaults::Interceptors(std::shared_ptr<grpc::Channel> copies) {
  std::vector<std::unique_ptr<ClientInterceptorFactoryInterface>> factories;
  MutexLock lock(&mutex_);
  channels_.push_back(std::move(copies));
  factories.push_back(std::make_unique<Factory>(this, channels_.back()));
  return factories;
}

CallFaults::Counts CallFaults::counts() const {
  MutexLock lock(&mutex_);
  return counts_;
}

CallFaults::Fault CallFaults::Draw() {
  MutexLock lock(&mutex_);
  ++counts_.calls;
  if (random_.Uniform() >= options_.share) return {};
  const absl::Duration delay = options_.max_delay * random_.Uniform();
  switch (random_.Below(4)) {
    case 0:
      ++counts_.delayed;
      return {Kind::kDelayed, delay};
    case 1:
      ++counts_.duplicated;
      return {Kind::kDuplicated, delay};
    case 2:
      ++counts_.unsent;
      return {Kind::kUnsent, delay};
    default:
      ++counts_.unanswered;
      return {Kind::kUnanswered, delay};
  }
}

void CallFaults::SendCopy(const std::shared_ptr<grpc::Channel>& channel,
                          const std::string& method,
                          const grpc::ByteBuffer& request,
                          absl::Duration delay) {
  {
    MutexLock lock(&mutex_);
    ++copies_under_way_;
  }
  Timer::Start(delay, [this, &channel, method, request](Timer::End) {
    const bool is_connected =
        channel->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
    RawCall::Start(
        channel, method, request,
        options_.copy_timeout +
            (is_connected ? absl::ZeroDuration() : kConnectPatience),
        [this](const auto&) { CopyEnded(); }, /*wait_for_ready=*/true);
  });
}

void CallFaults::CopyEnded() {
  MutexLock lock(&mutex_);
  --copies_under_way_;
  copy_ended_.SignalAll();
}

}  // namespace lineup
