// Which server has which slots of a job's weight matrix.
//
// Slots are dealt evenly: servers differ by one slot at most. Each server's
// slots are spread over all of them, since data with few features fill only the
// first. When servers come and go, as few slots as possible change hands.
//
// Pure functions.

#ifndef LINEUP_COORDINATOR_SLOT_PLACEMENT_H_
#define LINEUP_COORDINATOR_SLOT_PLACEMENT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/row_set.h"
#include "proto/node.pb.h"

namespace lineup {

struct JobServer {
  std::string node_id;
  std::string address;

  friend bool operator==(const JobServer& a, const JobServer& b) {
    return a.node_id == b.node_id && a.address == b.address;
  }
};

// By slot, the position of its server; -1: it has none.
using SlotServers = std::array<int, kNumSlots>;

// No slot is placed.
SlotServers NoServers();

// Deals all slots to servers 0 ... num_servers - 1 (at least 1, at most
// kNumSlots), beginning with where they are now.
SlotServers DealSlots(const SlotServers& now, int num_servers);

// A job's placement: `servers` in their order.
v1::Routing MakeRouting(const SlotServers& slots,
                        absl::Span<const JobServer> servers, uint64_t epoch);

// The placement of all slots on servers that have none yet.
v1::Routing PlaceAllSlots(absl::Span<const JobServer> servers, uint64_t epoch);

// The position of the server's own slots, not of those that it has taken over;
// -1: it has none. `servers` are those of the placement.
int OwnPosition(const std::string& node, absl::Span<const JobServer> servers,
                const v1::Routing& routing);

// The server that keeps the replica of another one's slots, by position: the
// next one, so each keeps one. With a single server there is none.
std::vector<JobServer> ReplicaServers(absl::Span<const JobServer> servers);
// Names these in the placement.
void AddReplicas(absl::Span<const JobServer> servers, v1::Routing* routing);
// Whose replica the server at `position` keeps; -1: nobody's.
int ReplicaOf(int position, int num_servers);

// How a job's slots move when it goes from one set of servers to another. Those
// that stay come first, in the order that they had. A server that has taken
// over for another one is named twice in `from`.
struct SlotMove {
  std::vector<JobServer> servers;
  v1::Routing routing;
  uint32_t num_moved = 0;  // slots that change hands
};
SlotMove PlanMove(absl::Span<const JobServer> from, const v1::Routing& routing,
                  absl::Span<const JobServer> to, uint64_t epoch);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_SLOT_PLACEMENT_H_
