#include "worker/remote_parameter_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/faulty_transport.h"
#include "common/rpc/parameter_methods.h"
#include "common/rpc/retry.h"
#include "common/rpc/stream_transport.h"
#include "glog/logging.h"

namespace lineup {
namespace {

absl::Status CheckRouting(const ParameterRouting& routing) {
  if (routing.servers.empty()) {
    return absl::InvalidArgumentError("no parameter server is given");
  }
  for (const uint8_t owner : routing.slot_owners) {
    if (owner >= routing.servers.size()) {
      return absl::InvalidArgumentError(absl::StrCat("a slot is on server ",
                                                     owner, ", but there are ",
                                                     routing.servers.size()));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<CallTransport>> OpenChannels(
    const Address& server, const RemoteParameterClientOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(
      auto channels, ChannelGroup::Open(server, options.security, Role::kServer,
                                        options.channels_per_server));
  auto transport = std::make_unique<StreamTransport>(
      std::move(channels),
      StreamedMethods{kStreamMethod,
                      {kPullMethod, kPushMethod, kFinishLaneMethod}});
  if (options.faults == nullptr) return transport;
  return std::make_unique<FaultyTransport>(std::move(transport),
                                           options.faults);
}

MessageContext ForReplicas(MessageContext messages) {
  messages.replica = true;
  return messages;
}

}  // namespace

// Thread-safe.
class RemoteParameterClient::Operation {
 public:
  Operation(RemoteParameterClient* client, size_t num_targets,
            std::shared_ptr<const void> kept, Done done)
      : client_(*client),
        kept_(std::move(kept)),
        done_(std::move(done)),
        unanswered_(num_targets) {}

  // Takes the calls, one a target, and starts them.
  void Run(std::vector<std::shared_ptr<RetriedCall>> calls) {
    bool cancelled;
    {
      MutexLock lock(&mutex_);
      calls_ = calls;
      cancelled = cancelled_;
    }
    for (const std::shared_ptr<RetriedCall>& call : calls) {
      RetriedCall::Run(call);
    }
    if (cancelled) Cancel();
  }

  void Cancel() {
    std::vector<std::shared_ptr<RetriedCall>> calls;
    {
      MutexLock lock(&mutex_);
      cancelled_ = true;
      calls = calls_;
    }
    for (const std::shared_ptr<RetriedCall>& call : calls) call->Cancel();
  }

  // What came of a target's call. The first error ends the others' calls.
  void OnDone(const Target& target, const absl::Status& status) {
    bool is_first_error = false;
    bool is_last = false;
    absl::Status result;
    std::vector<std::shared_ptr<RetriedCall>> ended;
    {
      MutexLock lock(&mutex_);
      if (!status.ok() && error_.ok()) {
        is_first_error = true;
        error_ = WithContext(
            absl::StrCat("parameter server ", target.address.ToString()),
            status);
      }
      is_last = --unanswered_ == 0;
      if (is_last) {
        result = error_;
        ended.swap(calls_);
      }
    }
    if (is_last) {
      std::exchange(done_, nullptr)(std::move(result));
      client_.Remove(this);
    } else if (is_first_error) {
      Cancel();
    }
  }

 private:
  RemoteParameterClient& client_;
  const std::shared_ptr<const void> kept_;
  Done done_;

  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  size_t unanswered_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<RetriedCall>> calls_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<RemoteParameterClient>>
RemoteParameterClient::Create(const ParameterRouting& routing,
                              const LineupColumns& columns,
                              const RemoteParameterClientOptions& options,
                              const Clock* clock, ThreadPool* pool) {
  LINEUP_RETURN_IF_ERROR(CheckRouting(routing));
  std::unique_ptr<RemoteParameterClient> client(
      new RemoteParameterClient(routing, columns, options, clock, pool));
  for (size_t s = 0; s < routing.servers.size(); ++s) {
    const bool replica = s < routing.taken_over.size() && routing.taken_over[s];
    LINEUP_RETURN_IF_ERROR(client->AddTarget(
        {routing.servers[s], s, /*answers=*/true,
         replica ? &client->replica_messages_ : &client->messages_, nullptr}));
  }
  for (size_t s = 0; s < routing.replicas.size(); ++s) {
    if (!routing.replicas[s].has_value()) continue;
    LINEUP_RETURN_IF_ERROR(
        client->AddTarget({*routing.replicas[s], s, /*answers=*/false,
                           &client->replica_messages_, nullptr}));
  }
  return client;
}

absl::Status RemoteParameterClient::AddTarget(Target target) {
  LINEUP_ASSIGN_OR_RETURN(
      target.transport, options_.dial ? options_.dial(target.address)
                                      : OpenChannels(target.address, options_));
  targets_.push_back(std::move(target));
  return absl::OkStatus();
}

RemoteParameterClient::RemoteParameterClient(
    const ParameterRouting& routing, const LineupColumns& columns,
    const RemoteParameterClientOptions& options, const Clock* clock,
    ThreadPool* pool)
    : num_servers_(routing.servers.size()),
      options_(options),
      messages_{routing.job,
                routing.epoch,
                options.format,
                PackedGroups(columns),
                PackedColumns::Unpadded(columns.outputs()),
                options.part_bytes},
      replica_messages_(ForReplicas(messages_)),
      pool_(*pool),
      router_(routing.slot_owners, routing.servers.size()),
      calls_{options.retry, clock, {}, options.seed},
      most_groups_(messages_.columns.fewest()),
      peeked_groups_(messages_.columns.fewest()) {}

RemoteParameterClient::~RemoteParameterClient() {
  Cancel();
  MutexLock lock(&mutex_);
  while (!operations_.empty()) removed_.Wait(&mutex_);
}

void RemoteParameterClient::Cancel() {
  std::vector<std::shared_ptr<Operation>> operations;
  {
    MutexLock lock(&mutex_);
    cancelled_ = true;
    operations = operations_;
  }
  for (const std::shared_ptr<Operation>& operation : operations) {
    operation->Cancel();
  }
}

void RemoteParameterClient::Start(const std::string& method, size_t num_targets,
                                  MakeParts make_parts,
                                  std::shared_ptr<const void> kept, Done done) {
  bool cancelled;
  std::shared_ptr<Operation> operation;
  {
    MutexLock lock(&mutex_);
    cancelled = cancelled_;
    if (!cancelled) {
      operation = std::make_shared<Operation>(this, num_targets,
                                              std::move(kept), std::move(done));
      operations_.push_back(operation);
    }
  }
  if (cancelled) {
    done(absl::CancelledError("the parameter client has been stopped"));
    return;
  }
  std::vector<std::shared_ptr<RetriedCall>> calls;
  for (size_t t = 0; t < num_targets; ++t) {
    const Target& target = targets_[t];
    calls.push_back(std::make_shared<RetriedCall>(
        &calls_, target.transport.get(), method, make_parts(target),
        [operation, &target](const absl::Status& status) {
          operation->OnDone(target, status);
        }));
  }
  operation->Run(std::move(calls));
}

void RemoteParameterClient::Remove(const Operation* operation) {
  MutexLock lock(&mutex_);
  const auto it = std::find_if(operations_.begin(), operations_.end(),
                               [&](const std::shared_ptr<Operation>& o) {
                                 return o.get() == operation;
                               });
  CHECK(it != operations_.end());
  operations_.erase(it);
  removed_.SignalAll();
}

struct RemoteParameterClient::Reading {
  const RowSet& rows;
  WeightsOut out;
  Done done;
  RowRouter::Shares shares;
  uint32_t groups;  // whose columns `out` is to have; 0: of all candidates
  AtomicMaximum most_groups{};  // of the answers
};

std::shared_ptr<RemoteParameterClient::Reading> RemoteParameterClient::Begin(
    const RowSet& rows, WeightsOut out, uint32_t groups, Done done) {
  return std::shared_ptr<Reading>(
      new Reading{rows, out, std::move(done), router_.Share(rows),
                  out.groups == nullptr ? 0 : groups});
}

PulledRows RemoteParameterClient::AskedOf(const Target& target,
                                          Reading* reading) {
  static const RowSet* const kNoRows = new RowSet();
  static const ServerRows* const kNoneOfThem = new ServerRows(0);
  if (!target.answers) return {kNoRows, kNoneOfThem, reading->out.values};
  PulledRows asked{&reading->rows, &(*reading->shares)[target.server],
                   reading->out.values, reading->groups};
  if (reading->groups != 0) asked.most_groups = &reading->most_groups;
  return asked;
}

ParameterClient::Done RemoteParameterClient::EndOfPull(
    LaneClock at, std::shared_ptr<Reading> pull) {
  return [this, at, pull = std::move(pull)](absl::Status status) {
    if (!status.ok() || pull->groups == 0) {
      pull->done(std::move(status));
      return;
    }
    const uint32_t most = pull->most_groups.value();
    most_groups_.RaiseTo(most);
    if (most > pull->groups) {
      Pull(at, pull->rows, pull->out, std::move(pull->done));
      return;
    }
    *pull->out.groups = pull->groups;
    pull->done(absl::OkStatus());
  };
}

void RemoteParameterClient::Pull(LaneClock at, const RowSet& rows,
                                 WeightsOut out, Done done) {
  const std::shared_ptr<Reading> pull =
      Begin(rows, out, most_groups_.value(), std::move(done));
  Start(
      kPullMethod,
      [&](const Target& target) {
        return PullParts(*target.messages, at, AskedOf(target, pull.get()));
      },
      nullptr, EndOfPull(at, pull));
}

std::vector<PushedRows> RemoteParameterClient::EncodePush(
    const RowSet& rows, const RowRouter::Shares& shares,
    const LaneGradient& gradient) const {
  std::vector<PushedRows> pushes;
  for (const ServerRows& share : *shares) {
    pushes.push_back(
        {&rows,
         &share,
         std::make_shared<SendBuffer>(EncodeGradient(
             messages_, gradient.groups, share, gradient.rows, &pool_)),
         gradient.examples,
         {gradient.loss_sums.begin(), gradient.loss_sums.end()},
         gradient.groups});
  }
  return pushes;
}

void RemoteParameterClient::Push(LaneClock at, const RowSet& rows,
                                 const LaneGradient& gradient, Done done) {
  const RowRouter::Shares shares = router_.Share(rows);
  const std::vector<PushedRows> pushes = EncodePush(rows, shares, gradient);
  Start(
      kPushMethod,
      [&](const Target& target) {
        return PushParts(*target.messages, at, pushes[target.server], nullptr);
      },
      shares, std::move(done));
}

void RemoteParameterClient::PushAndPull(LaneClock at, const RowSet& rows,
                                        const LaneGradient& gradient,
                                        const RowSet& next_rows,
                                        WeightsOut next_out, Done done) {
  const RowRouter::Shares shares = router_.Share(rows);
  const std::vector<PushedRows> pushes = EncodePush(rows, shares, gradient);
  const std::shared_ptr<Reading> pull =
      Begin(next_rows, next_out, most_groups_.value(), std::move(done));
  Start(
      kPushMethod,
      [&](const Target& target) {
        const PulledRows next = AskedOf(target, pull.get());
        return PushParts(*target.messages, at, pushes[target.server], &next);
      },
      nullptr, EndOfPull({at.lane, at.clock + 1, at.term}, pull));
}

void RemoteParameterClient::FinishLane(LaneClock at, Done done) {
  Start(
      kFinishLaneMethod,
      [&](const Target& target) {
        return std::vector<RetriedCall::Part>{FinishPart(*target.messages, at)};
      },
      nullptr, std::move(done));
}

void RemoteParameterClient::NextClock(uint32_t lane, uint64_t* out, Done done) {
  const auto clocks = std::make_shared<std::vector<uint64_t>>(targets_.size());
  auto clock = clocks->begin();
  Start(
      kGetStatusMethod,
      [&](const Target& target) {
        return std::vector<RetriedCall::Part>{
            NextClockPart(*target.messages, lane, &*clock++)};
      },
      clocks,
      [clocks, out, done = std::move(done)](absl::Status status) {
        *out = *std::min_element(clocks->begin(), clocks->end());
        done(std::move(status));
      });
}

void RemoteParameterClient::Peek(const RowSet& rows,
                                 std::optional<size_t> candidate,
                                 WeightsOut out, Done done) {
  const std::shared_ptr<Reading> peek =
      Begin(rows, out, peeked_groups_, std::move(done));
  Start(
      kPeekMethod, num_servers_,
      [&](const Target& target) {
        PulledRows asked = AskedOf(target, peek.get());
        asked.candidate = candidate;
        return PeekParts(*target.messages, asked);
      },
      nullptr,
      [this, peek](absl::Status status) {
        const uint32_t most = peek->most_groups.value();
        if (status.ok() && peek->groups != 0) {
          peeked_groups_ = most;
          // Those who evaluate a model together must be of the same groups.
          if (most != peek->groups) {
            Peek(peek->rows, std::nullopt, peek->out, std::move(peek->done));
            return;
          }
          *peek->out.groups = most;
        }
        peek->done(std::move(status));
      });
}

}  // namespace lineup
