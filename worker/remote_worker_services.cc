#include "worker/remote_worker_services.h"

#include <algorithm>
#include <random>
#include <utility>

#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "common/rpc/message_codec.h"

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
  const int servers = routing.addresses_size();
  if ((routing.replicas_size() != 0 && routing.replicas_size() != servers) ||
      (routing.taken_over_size() != 0 &&
       routing.taken_over_size() != servers)) {
    return MalformedError("a routing without replicas for each server");
  }
  for (const std::string& replica : routing.replicas()) {
    result.replicas.emplace_back();
    if (replica.empty()) continue;
    LINEUP_ASSIGN_OR_RETURN(result.replicas.back(), Address::Parse(replica));
  }
  result.taken_over.assign(routing.taken_over().begin(),
                           routing.taken_over().end());
  return result;
}

RemoteWorkerServices::RemoteWorkerServices(
    std::unique_ptr<CallTransport> coordinator, const Options& options,
    const Clock* clock, ThreadPool* pool)
    : coordinator_(std::move(coordinator)),
      options_(options),
      clock_(*clock),
      pool_(*pool),
      calls_context_{
          {options.timeout, options.patience, BackoffOptions()},
          clock,
          {},
          options.seed != 0 ? options.seed : std::random_device{}()} {}

RemoteWorkerServices::~RemoteWorkerServices() {
  Cancel();
  MutexLock lock(&mutex_);
  while (!calls_.empty()) removed_.Wait(&mutex_);
}

void RemoteWorkerServices::Cancel() {
  std::vector<std::shared_ptr<RetriedCall>> calls;
  {
    MutexLock lock(&mutex_);
    cancelled_ = true;
    calls = calls_;
  }
  for (const std::shared_ptr<RetriedCall>& call : calls) call->Cancel();
}

void RemoteWorkerServices::Call(const std::string& method,
                                const google::protobuf::MessageLite& request,
                                google::protobuf::MessageLite* response,
                                Done done) {
  const grpc::ByteBuffer encoded = EncodeMessage(request, {});
  const RetriedCall::Part part = {
      [encoded](uint64_t) { return encoded; },
      [response](const grpc::ByteBuffer& answer) {
        return ReceivedMessage::Decode(answer, {}, response).status();
      }};
  // The call holds itself until it is done.
  const auto started = std::make_shared<RetriedCall*>(nullptr);
  const auto call =
      std::make_shared<RetriedCall>(&calls_context_, coordinator_.get(), method,
                                    std::vector<RetriedCall::Part>{part},
                                    [this, started, done](absl::Status status) {
                                      done(std::move(status));
                                      Remove(*started);
                                    });
  *started = call.get();
  bool cancelled;
  {
    MutexLock lock(&mutex_);
    cancelled = cancelled_;
    if (!cancelled) calls_.push_back(call);
  }
  if (cancelled) return done(absl::CancelledError("the worker stops"));
  RetriedCall::Run(call);
}

void RemoteWorkerServices::Remove(const RetriedCall* call) {
  MutexLock lock(&mutex_);
  calls_.erase(std::find_if(
      calls_.begin(), calls_.end(),
      [&](const std::shared_ptr<RetriedCall>& c) { return c.get() == call; }));
  removed_.SignalAll();
}

void RemoteWorkerServices::GetJobSetup(const std::string& job,
                                       v1::JobSetup* out, Done done) {
  v1::GetJobSetupRequest request;
  request.set_job(job);
  Call("/lineup.v1.Nodes/GetJobSetup", request, out, std::move(done));
}

void RemoteWorkerServices::GetKeptModel(const std::string& job,
                                        v1::KeptModel* out, Done done) {
  v1::GetKeptModelRequest request;
  request.set_job(job);
  Call("/lineup.v1.Nodes/GetKeptModel", request, out, std::move(done));
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
  options.seed = HashMix(calls_context_.seed, ++clients_);
  options.faults = options_.faults;
  options.dial = options_.dial;
  LINEUP_ASSIGN_OR_RETURN(
      std::unique_ptr<RemoteParameterClient> client,
      RemoteParameterClient::Create(parameter_routing, columns, options,
                                    &clock_, &pool_));
  return std::shared_ptr<ParameterClient>(std::move(client));
}

}  // namespace lineup
