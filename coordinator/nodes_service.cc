#include "coordinator/nodes_service.h"

#include <algorithm>
#include <utility>

#include "common/rpc/finish_now.h"
#include "common/rpc/handover.h"
#include "common/rpc/peer_role.h"
#include "common/rpc/status.h"
#include "coordinator/node_messages.h"

namespace lineup {
namespace {

// A worker must not pass for a server, to which others would come.
absl::Status CheckReporter(const grpc::CallbackServerContext& context,
                           v1::NodeRole role) {
  switch (role) {
    case v1::NODE_ROLE_SERVER:
      return CheckRoleOfPeer(*context.auth_context(), Role::kServer,
                             "report as a server");
    case v1::NODE_ROLE_WORKER:
      return CheckRoleOfPeer(*context.auth_context(), Role::kWorker,
                             "report as a worker");
    default:
      return absl::OkStatus();  // refused by the core
  }
}

}  // namespace

NodesService::NodesService(CoordinatorHost* host, const Clock* clock)
    : host_(*host),
      clock_(*clock),
      subscription_(host->Subscribe([this] { AnswerWaiting(); })) {}

NodesService::~NodesService() { host_.Unsubscribe(subscription_); }

grpc::ServerUnaryReactor* NodesService::Report(
    grpc::CallbackServerContext* context, const v1::NodeReport* request,
    v1::NodeOrders* response) {
  TakeFromRpc();
  absl::Status status = CheckReporter(*context, request->role());
  if (!status.ok()) return FinishNow(context, status);
  absl::Duration longest_wait;
  uint64_t version = 0;  // that the node has
  status = host_.Change([&](CoordinatorCore& core, absl::Time now) {
    // A node that waits here is not heard: it must come again in good time.
    longest_wait = core.lease() / 4;
    const absl::Status taken = core.OnReport(*request, now);
    version = core.OrdersVersionOf(*request);
    if (taken.ok()) *response = core.Orders(request->node_id());
    return taken;
  });
  if (!status.ok() || response->version() > version ||
      request->wait_ms() == 0) {
    return FinishNow(context, status);
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  {
    MutexLock lock(&mutex_);
    // Of each node one report waits, the newest: the others are answered now.
    for (Waiting& waiting : waiting_) {
      if (waiting.node == request->node_id()) waiting.until = clock_.Now();
    }
    waiting_.push_back(
        {request->node_id(), version,
         clock_.Now() +
             std::min(longest_wait, absl::Milliseconds(request->wait_ms())),
         reactor, response});
  }
  AnswerWaiting();  // in case the orders changed in between
  return reactor;
}

void NodesService::AnswerWaiting() {
  const absl::Time now = clock_.Now();
  std::list<Waiting> ready;
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    if (waiting_.empty()) return;
    status = host_.Read([&](const CoordinatorCore& core) {
      mutex_.AssertHeld();
      for (auto it = waiting_.begin(); it != waiting_.end();) {
        const auto next = std::next(it);
        const v1::NodeOrders& orders = core.Orders(it->node);
        if (orders.version() > it->orders_version || now >= it->until) {
          *it->response = orders;
          ready.splice(ready.end(), waiting_, it);
        }
        it = next;
      }
    });
    // A host that has failed will not have orders for anybody.
    if (!status.ok()) ready.swap(waiting_);
  }
  HandToRpc();
  for (const Waiting& waiting : ready) {
    waiting.reactor->Finish(ToGrpcStatus(status));
  }
}

absl::Status NodesService::ReadRun(
    const std::string& id,
    absl::FunctionRef<void(const CoordinatorCore::Job&)> read) {
  absl::Status status;
  const absl::Status could_read = host_.Read([&](const CoordinatorCore& core) {
    const absl::StatusOr<const CoordinatorCore::Job*> job = FindRun(core, id);
    status = job.status();
    if (job.ok()) read(**job);
  });
  return could_read.ok() ? status : could_read;
}

grpc::ServerUnaryReactor* NodesService::GetJobSetup(
    grpc::CallbackServerContext* context, const v1::GetJobSetupRequest* request,
    v1::JobSetup* response) {
  TakeFromRpc();
  const auto read = [&](const CoordinatorCore::Job& job) {
    *response = MakeJobSetup(job);
  };
  return FinishNow(context, ReadRun(request->job(), read));
}

grpc::ServerUnaryReactor* NodesService::GetKeptModel(
    grpc::CallbackServerContext* context,
    const v1::GetKeptModelRequest* request, v1::KeptModel* response) {
  TakeFromRpc();
  const auto read = [&](const CoordinatorCore::Job& job) {
    *response = MakeKeptModel(job);
  };
  return FinishNow(context, ReadRun(request->job(), read));
}

}  // namespace lineup
