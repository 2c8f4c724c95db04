#include "coordinator/slot_placement.h"

#include <algorithm>
#include <numeric>

#include "common/job/routing.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// How many slots each server shall have: those that have most already get the
// ones that are left over.
std::vector<int> Shares(const std::vector<int>& has) {
  const int servers = static_cast<int>(has.size());
  const int total = static_cast<int>(kNumSlots);
  std::vector<int> order(servers);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return has[a] > has[b]; });
  std::vector<int> shares(servers, total / servers);
  for (int i = 0; i < total % servers; ++i) ++shares[order[i]];
  return shares;
}

}  // namespace

SlotServers NoServers() {
  SlotServers slots;
  slots.fill(-1);
  return slots;
}

SlotServers DealSlots(const SlotServers& now, int num_servers) {
  CHECK(num_servers >= 1 && num_servers <= static_cast<int>(kNumSlots));
  std::vector<int> has(num_servers, 0);
  for (const int server : now) {
    CHECK_LT(server, num_servers);
    if (server >= 0) ++has[server];
  }
  const std::vector<int> shares = Shares(has);
  // Who has too many gives some away, evenly spread over those it has.
  SlotServers slots = now;
  std::vector<int> seen(num_servers, 0);
  for (int& server : slots) {
    if (server < 0 || has[server] <= shares[server]) continue;
    const int surplus = has[server] - shares[server];
    const int before = seen[server] * surplus / has[server];
    const int after = ++seen[server] * surplus / has[server];
    if (after > before) server = -1;
  }
  std::vector<int> lacks(num_servers);
  for (int s = 0; s < num_servers; ++s) {
    lacks[s] = std::max(0, shares[s] - has[s]);
  }
  // Those that lack most get the next, and among these one after the other.
  int next = 0;
  for (int& server : slots) {
    if (server >= 0) continue;
    server = next;
    for (int i = 1; i < num_servers; ++i) {
      const int other = (next + i) % num_servers;
      if (lacks[other] > lacks[server]) server = other;
    }
    --lacks[server];
    next = (server + 1) % num_servers;
  }
  return slots;
}

v1::Routing MakeRouting(const SlotServers& slots,
                        absl::Span<const JobServer> servers, uint64_t epoch) {
  v1::Routing routing;
  routing.set_epoch(epoch);
  std::string owners(kNumSlots, 0);
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    owners[slot] = static_cast<char>(slots[slot]);
  }
  routing.set_slot_owners(owners);
  for (const JobServer& server : servers) routing.add_addresses(server.address);
  return routing;
}

v1::Routing PlaceAllSlots(absl::Span<const JobServer> servers, uint64_t epoch) {
  return MakeRouting(DealSlots(NoServers(), static_cast<int>(servers.size())),
                     servers, epoch);
}

int OwnPosition(const std::string& node, absl::Span<const JobServer> servers,
                const v1::Routing& routing) {
  for (int s = 0; s < static_cast<int>(servers.size()); ++s) {
    if (servers[s].node_id == node && !TakenOver(routing, s)) return s;
  }
  return -1;
}

std::vector<JobServer> ReplicaServers(absl::Span<const JobServer> servers) {
  std::vector<JobServer> replicas;
  if (servers.size() < 2) return replicas;
  for (size_t s = 0; s < servers.size(); ++s) {
    replicas.push_back(servers[(s + 1) % servers.size()]);
  }
  return replicas;
}

void AddReplicas(absl::Span<const JobServer> servers, v1::Routing* routing) {
  for (const JobServer& replica : ReplicaServers(servers)) {
    routing->add_replicas(replica.address);
  }
}

int ReplicaOf(int position, int num_servers) {
  return num_servers < 2 ? -1 : (position + num_servers - 1) % num_servers;
}

SlotMove PlanMove(absl::Span<const JobServer> from, const v1::Routing& routing,
                  absl::Span<const JobServer> to, uint64_t epoch) {
  SlotMove move;
  std::vector<int> becomes(from.size(), -1);
  for (size_t s = 0; s < from.size(); ++s) {
    if (std::find(to.begin(), to.end(), from[s]) == to.end()) continue;
    const auto known =
        std::find(move.servers.begin(), move.servers.end(), from[s]);
    becomes[s] = static_cast<int>(known - move.servers.begin());
    if (known == move.servers.end()) move.servers.push_back(from[s]);
  }
  for (const JobServer& server : to) {
    if (std::find(from.begin(), from.end(), server) == from.end()) {
      move.servers.push_back(server);
    }
  }
  SlotServers now = NoServers();
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    now[slot] = becomes[static_cast<uint8_t>(routing.slot_owners()[slot])];
  }
  const SlotServers then =
      DealSlots(now, static_cast<int>(move.servers.size()));
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    if (now[slot] != then[slot]) ++move.num_moved;
  }
  move.routing = MakeRouting(then, move.servers, epoch);
  return move;
}

}  // namespace lineup
