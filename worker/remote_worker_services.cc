#include "worker/remote_worker_services.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/handover.h"
#include "common/rpc/retry.h"
#include "common/rpc/status.h"
#include "proto/parameter_server.grpc.pb.h"
#include "worker/remote_parameter_client.h"

namespace lineup {

absl::StatusOr<ParameterRouting> MakeParameterRouting(
    const std::string& job, const v1::Routing& routing) {
  ParameterRouting result;
  result.job = job;
  result.epoch = routing.epoch();
  for (const std::string& address : routing.addresses()) {
    LINEUP_ASSIGN_OR_RETURN(Address parsed, Address::Parse(address));
    result.servers.push_back(std::move(parsed));
  }
  if (routing.slot_owners().size() != result.slot_owners.size()) {
    return MalformedError("a routing without an owner for each slot");
  }
  for (size_t slot = 0; slot < result.slot_owners.size(); ++slot) {
    const uint8_t owner = static_cast<uint8_t>(routing.slot_owners()[slot]);
    if (owner >= result.servers.size()) {
      return MalformedError("a routing that names a server it does not have");
    }
    result.slot_owners[slot] = owner;
  }
  return result;
}

RemoteWorkerServices::RemoteWorkerServices(
    std::shared_ptr<grpc::Channel> coordinator, const Options& options,
    const Clock* clock)
    : coordinator_(std::move(coordinator)),
      nodes_(v1::Nodes::NewStub(coordinator_)),
      options_(options),
      clock_(*clock),
      pool_(1) {}

template <typename Request, typename Response, typename Call>
absl::StatusOr<Response> RemoteWorkerServices::CallUntilAnswered(
    const Request& request, Call call, absl::FunctionRef<bool()> wanted) {
  SplitMix64 random(std::random_device{}());
  Response response;
  LINEUP_RETURN_IF_ERROR(RetryUntil(
      clock_.Now() + options_.patience, clock_,
      Backoff(BackoffOptions(), &random),
      [&](absl::Duration pause) {
        absl::SleepFor(pause);
        return wanted();
      },
      [&] {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() +
                             absl::ToChronoMilliseconds(options_.timeout));
        HandToRpc();
        const grpc::Status status = call(&context, request, &response);
        TakeFromRpc();
        return FromGrpcStatus(status);
      }));
  return response;
}

absl::StatusOr<v1::JobSetup> RemoteWorkerServices::GetJobSetup(
    const std::string& job) {
  v1::GetJobSetupRequest request;
  request.set_job(job);
  return CallUntilAnswered<v1::GetJobSetupRequest, v1::JobSetup>(
      request, [this](auto* context, const auto& req, auto* response) {
        return nodes_->GetJobSetup(context, req, response);
      });
}

absl::StatusOr<v1::KeptModel> RemoteWorkerServices::GetKeptModel(
    const std::string& job) {
  v1::GetKeptModelRequest request;
  request.set_job(job);
  return CallUntilAnswered<v1::GetKeptModelRequest, v1::KeptModel>(
      request, [this](auto* context, const auto& req, auto* response) {
        return nodes_->GetKeptModel(context, req, response);
      });
}

absl::StatusOr<std::shared_ptr<ParameterClient>> RemoteWorkerServices::Connect(
    const std::string& job, const v1::Routing& routing,
    const LineupColumns& columns) {
  LINEUP_ASSIGN_OR_RETURN(const ParameterRouting parameter_routing,
                          MakeParameterRouting(job, routing));
  RemoteParameterClientOptions options;
  options.security = options_.security;
  options.format = options_.format;
  options.channels_per_server = options_.channels_per_server;
  options.seed = std::random_device{}();
  options.faults = options_.faults;
  LINEUP_ASSIGN_OR_RETURN(
      std::unique_ptr<RemoteParameterClient> client,
      RemoteParameterClient::Create(parameter_routing, columns, options,
                                    &clock_, &pool_));
  return std::shared_ptr<ParameterClient>(std::move(client));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>>
RemoteWorkerServices::ServerChannel(const std::string& address) {
  MutexLock lock(&mutex_);
  std::shared_ptr<grpc::Channel>& channel = server_channels_[address];
  if (channel == nullptr) {
    LINEUP_ASSIGN_OR_RETURN(const Address parsed, Address::Parse(address));
    LINEUP_ASSIGN_OR_RETURN(
        channel,
        OpenChannel(parsed, options_.security, Role::kServer, options_.faults));
  }
  return channel;
}

absl::StatusOr<uint64_t> RemoteWorkerServices::NextClock(
    const std::string& job, const v1::Routing& routing, uint32_t lane,
    absl::FunctionRef<bool()> wanted) {
  uint64_t next = UINT64_MAX;
  for (const std::string& address : routing.addresses()) {
    LINEUP_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                            ServerChannel(address));
    const auto stub = v1::ParameterServer::NewStub(channel);
    auto status =
        CallUntilAnswered<v1::GetStatusRequest, v1::ParameterServerStatus>(
            v1::GetStatusRequest(),
            [&](auto* context, const auto& request, auto* response) {
              return stub->GetStatus(context, request, response);
            },
            wanted);
    if (!status.ok()) {
      return WithContext(absl::StrCat("server ", address), status.status());
    }
    if (status->job().job() != job ||
        static_cast<int>(lane) >= status->job().lanes_size()) {
      return WithContext(absl::StrCat("server ", address),
                         UnknownJobError(job));
    }
    if (status->job().routing_epoch() != routing.epoch()) {
      return WithContext(
          absl::StrCat("server ", address),
          StaleRoutingError(routing.epoch(), status->job().routing_epoch()));
    }
    next = std::min<uint64_t>(next, status->job().lanes(lane).clock() + 1);
  }
  return next;
}

}  // namespace lineup
