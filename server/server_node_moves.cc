// ServerNode's part in moving slots between servers.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/training_clocks.h"
#include "common/job/job_codec.h"
#include "common/job/routing.h"
#include "common/linear/row_set.h"
#include "common/rpc/address.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/errors.h"
#include "glog/logging.h"
#include "server/server_node.h"
#include "server/shard_snapshot.h"
#include "server/slot_taker.h"

namespace lineup {
namespace {

// By server of the placement before, the slots that are to come here: to the
// server's own shard what it does not have already, to its replica everything.
absl::StatusOr<std::vector<std::string>> SlotsToTake(
    const v1::MoveOrder& move) {
  const std::string& from = move.from().slot_owners();
  const std::string& to = move.to().slot_owners();
  if (from.size() != kNumSlots || to.size() != kNumSlots) {
    return MalformedError("a move without an owner for each slot");
  }
  std::vector<std::string> slots(move.from().addresses_size());
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    const int before = static_cast<uint8_t>(from[slot]);
    const int after = static_cast<uint8_t>(to[slot]);
    const bool comes = after == move.to_index() && before != move.from_index();
    const bool comes_to_replica =
        move.has_to_replica_index() &&
        after == static_cast<int>(move.to_replica_index());
    if (!comes && !comes_to_replica) continue;
    if (before >= move.from().addresses_size()) {
      return MalformedError("a move from a server that it does not name");
    }
    slots[before] += static_cast<char>(slot);
  }
  return slots;
}

absl::StatusOr<std::vector<SlotSource>> SourcesOf(const v1::MoveOrder& move,
                                                  const Dial& dial) {
  LINEUP_ASSIGN_OR_RETURN(std::vector<std::string> slots, SlotsToTake(move));
  std::vector<SlotSource> sources;
  for (int s = 0; s < static_cast<int>(slots.size()); ++s) {
    if (slots[s].empty()) continue;
    const std::string& name = move.from().addresses(s);
    LINEUP_ASSIGN_OR_RETURN(const Address address, Address::Parse(name));
    LINEUP_ASSIGN_OR_RETURN(auto transport, dial(address));
    sources.push_back({name, std::move(transport), std::move(slots[s]),
                       /*replica=*/TakenOver(move.from(), s)});
  }
  return sources;
}

}  // namespace

void ServerNode::FollowMove() {
  takers_.erase(std::remove_if(takers_.begin(), takers_.end(),
                               [](const auto& t) { return t->ended(); }),
                takers_.end());
  const v1::MoveOrder& move = orders_.server().move();
  if (move.to().epoch() == move_.number()) return;
  for (const auto& taker : takers_) taker->Cancel();
  move_.Clear();
  taken_ = nullptr;
  if (move.to().epoch() == 0) return;
  move_.set_number(move.to().epoch());
  move_.set_state(v1::MoveReport::STATE_TAKING);
  background_([this, job = orders_.job(), server = orders_.server()] {
    Take(job, server);
  });
}

void ServerNode::Take(const std::string& job, const v1::ServerOrders& orders) {
  const uint64_t number = orders.move().to().epoch();
  if (absl::Status status = Failpoint("move.take.before"); !status.ok()) {
    return OnTaken(number, status);
  }
  const auto taker = MakeTaker(job, orders);
  if (!taker.ok()) return OnTaken(number, taker.status());
  if (*taker == nullptr) return OnTaken(number, nullptr);
  {
    MutexLock lock(&mutex_);
    if (move_.number() != number) return;
    takers_.push_back(*taker);
  }
  (*taker)->Start();
}

// Null: there is nothing to take.
absl::StatusOr<std::shared_ptr<SlotTaker>> ServerNode::MakeTaker(
    const std::string& job, const v1::ServerOrders& orders) {
  SlotTaker::Options options;
  options.job = job;
  options.routing_epoch = orders.move().from().epoch();
  LINEUP_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                          DecodeCandidates(orders.candidates()));
  if (candidates.empty() || orders.outputs() == 0) {
    return MalformedError("a move of a job without candidates");
  }
  options.columns = LineupColumns(std::move(candidates), orders.outputs());
  options.seed = orders.seed();
  if (jobs_.max_weight_bytes() > 0) {
    options.max_weight_bytes = std::max<uint64_t>(1, jobs_.weight_bytes_left());
  }
  LINEUP_ASSIGN_OR_RETURN(std::vector<SlotSource> sources,
                          SourcesOf(orders.move(), dial_));
  if (sources.empty()) return nullptr;
  return std::make_shared<SlotTaker>(
      std::move(options), std::move(sources), &clock_,
      [this,
       number = orders.move().to().epoch()](absl::StatusOr<TakenSlots> taken) {
        if (!taken.ok()) return OnTaken(number, taken.status());
        OnTaken(number, std::make_unique<TakenSlots>(*std::move(taken)));
      });
}

void ServerNode::OnTaken(uint64_t move,
                         absl::StatusOr<std::unique_ptr<TakenSlots>> taken) {
  if (taken.ok()) {
    absl::Status status = Failpoint("move.take.after");
    if (!status.ok()) taken = std::move(status);
  }
  {
    MutexLock lock(&mutex_);
    if (move_.number() != move) return;
    if (taken.ok()) {
      move_.set_state(v1::MoveReport::STATE_TAKEN);
      taken_ = *std::move(taken);
      if (taken_ != nullptr) {
        move_.set_rows(taken_->rows);
        move_.set_bytes(taken_->bytes);
      }
    } else {
      LOG(ERROR) << orders_.job() << ": slots could not be taken over: "
                 << taken.status().message();
      move_.set_state(v1::MoveReport::STATE_FAILED);
      move_.set_error(std::string(taken.status().message()));
    }
  }
  news_();
}

absl::Status ServerNode::FillAfterMove(const JobSlot::Shards& shards,
                                       const v1::MoveOrder& move,
                                       ServedJob* before) {
  LINEUP_RETURN_IF_ERROR(Failpoint("move.open.before"));
  std::unique_ptr<TakenSlots> taken;
  bool has_all = false;
  {
    MutexLock lock(&mutex_);
    has_all = move_.number() == move.to().epoch() &&
              move_.state() == v1::MoveReport::STATE_TAKEN;
    if (has_all) taken = std::move(taken_);
  }
  const bool had_slots = move.from_index() >= 0;
  if (had_slots) {
    has_all &=
        before != nullptr && before->routing_epoch() == move.from().epoch();
  }
  if (!had_slots || shards.replica != nullptr) has_all &= taken != nullptr;
  if (!has_all) {
    return absl::FailedPreconditionError(
        "slots were to be moved here, but not all of them are");
  }
  if (shards.replica != nullptr) {
    ServedJobState state{DecodeClocks(taken->clocks), taken->store.Empty()};
    LINEUP_RETURN_IF_ERROR(
        shards.replica->Adopt(std::move(state), &taken->store));
  }
  ServedJob& own = *shards.own;
  if (!had_slots) {
    ServedJobState state{DecodeClocks(taken->clocks), std::move(taken->store)};
    return own.Adopt(std::move(state), nullptr);
  }
  LINEUP_ASSIGN_OR_RETURN(ServedJobState state, before->TakeState());
  if (taken == nullptr) return own.Adopt(std::move(state), nullptr);
  LINEUP_RETURN_IF_ERROR(
      CheckSameClocks(taken->clocks, EncodeClocks(state.clocks)));
  return own.Adopt(std::move(state), &taken->store);
}

}  // namespace lineup
