#include "coordinator/slot_mover.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace lineup {
namespace {

bool SameLanes(const v1::ServerReport& a, const v1::ServerReport& b) {
  return a.epoch() == b.epoch() &&
         std::equal(a.lanes().begin(), a.lanes().end(), b.lanes().begin(),
                    b.lanes().end(), [](const auto& x, const auto& y) {
                      return x.clock() == y.clock() &&
                             x.finished() == y.finished();
                    });
}

}  // namespace

void SlotMover::Begin(std::vector<JobServer> servers,
                      const v1::Routing& routing, SlotMove move, bool lanes_run,
                      absl::Time now) {
  CHECK(idle());
  from_ = std::move(servers);
  from_routing_ = routing;
  move_ = std::move(move);
  lanes_run_ = lanes_run;
  began_ = now;
  error_ = absl::OkStatus();
  lanes_.clear();
  reports_.clear();
  if (lanes_run) barrier_.Begin();
  state_ = State::kStopping;
}

void SlotMover::OnReport(const std::string& node,
                         const v1::MoveReport& report) {
  if (state_ == State::kTaking && report.number() == move_.routing.epoch()) {
    reports_[node] = report;
  }
}

SlotMover::Event SlotMover::Update(
    absl::Span<const v1::ServerReport* const> reports) {
  if (reports.empty()) return Event::kNone;
  if (state_ == State::kStopping) {
    barrier_.Update(reports);
    if (lanes_run_ && !barrier_.standing()) return Event::kNone;
    for (const v1::ServerReport* report : reports) {
      if (SameLanes(*report, *reports[0])) continue;
      return Fail(absl::InternalError(
          "servers stand at different clocks; this is a bug in Lineup"));
    }
    lanes_.assign(reports[0]->lanes().begin(), reports[0]->lanes().end());
    state_ = State::kTaking;
  }
  if (state_ != State::kTaking) return Event::kNone;
  for (const auto& [node, report] : reports_) {
    if (report.state() == v1::MoveReport::STATE_FAILED) {
      return Fail(absl::UnavailableError(
          absl::StrCat("server ", node, ": ", report.error())));
    }
  }
  return WaitsFor().empty() ? Event::kTaken : Event::kNone;
}

std::vector<std::string> SlotMover::WaitsFor() const {
  std::vector<std::string> nodes;
  if (state_ != State::kTaking) return nodes;
  for (const JobServer& server : move_.servers) {
    const auto report = reports_.find(server.node_id);
    if (report == reports_.end() ||
        report->second.state() != v1::MoveReport::STATE_TAKEN) {
      nodes.push_back(server.node_id);
    }
  }
  return nodes;
}

uint64_t SlotMover::bytes_taken() const {
  uint64_t sum = 0;
  for (const auto& [node, report] : reports_) sum += report.bytes();
  return sum;
}

void SlotMover::Open() {
  CHECK(state_ == State::kTaking);
  barrier_.End();
  state_ = State::kOpening;
}

SlotMover::Event SlotMover::Fail(absl::Status error) {
  error_ = std::move(error);
  Abandon();
  return Event::kFailed;
}

void SlotMover::Abandon() {
  if (preparing()) barrier_.End();
  move_ = SlotMove();
  state_ = State::kIdle;
}

bool SlotMover::HasTarget(const std::string& node) const {
  return OwnPosition(node, move_.servers, move_.routing) >= 0;
}

void SlotMover::Fill(v1::JournalRun* run) const {
  if (preparing() || move_.servers.empty()) return;
  *run->mutable_moved_from() = from_routing_;
  for (const JobServer& server : from_) {
    run->add_moved_from_servers(server.node_id);
  }
  *run->mutable_moved_to() = move_.routing;
  for (const JobServer& server : move_.servers) {
    run->add_moved_to_servers(server.node_id);
  }
}

void SlotMover::Take(const v1::JournalRun& run) {
  if (run.moved_from_servers().empty() ||
      run.moved_from_servers_size() != run.moved_from().addresses_size() ||
      run.moved_to_servers_size() != run.moved_to().addresses_size()) {
    return;
  }
  for (int s = 0; s < run.moved_from_servers_size(); ++s) {
    from_.push_back({run.moved_from_servers(s), run.moved_from().addresses(s)});
  }
  for (int s = 0; s < run.moved_to_servers_size(); ++s) {
    move_.servers.push_back(
        {run.moved_to_servers(s), run.moved_to().addresses(s)});
  }
  from_routing_ = run.moved_from();
  move_.routing = run.moved_to();
}

void SlotMover::AddOrders(const std::string& node,
                          v1::ServerOrders* orders) const {
  // While lanes come to stand there is nothing to be taken.
  if (state_ == State::kStopping || move_.servers.empty()) return;
  v1::MoveOrder* const order = orders->mutable_move();
  *order->mutable_from() = from_routing_;
  *order->mutable_to() = move_.routing;
  order->set_from_index(OwnPosition(node, from_, from_routing_));
  const int to = OwnPosition(node, move_.servers, move_.routing);
  order->set_to_index(to);
  if (to < 0 || move_.routing.replicas().empty()) return;
  order->set_to_replica_index(static_cast<uint32_t>(
      ReplicaOf(to, static_cast<int>(move_.servers.size()))));
}

}  // namespace lineup
