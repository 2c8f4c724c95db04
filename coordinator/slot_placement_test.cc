#include "coordinator/slot_placement.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

std::vector<int> Counts(const SlotServers& slots, int servers) {
  std::vector<int> counts(servers, 0);
  for (const int server : slots) ++counts.at(server);
  return counts;
}

int Moved(const SlotServers& a, const SlotServers& b) {
  int moved = 0;
  for (uint32_t s = 0; s < kNumSlots; ++s) moved += a[s] != b[s];
  return moved;
}

void ExpectEven(const SlotServers& slots, int servers) {
  const std::vector<int> counts = Counts(slots, servers);
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  EXPECT_LE(*most - *least, 1) << servers << " servers";
}

TEST(DealSlotsTest, DealsEvenlyAndInTurn) {
  for (int servers = 1; servers <= 256; ++servers) {
    const SlotServers slots = DealSlots(NoServers(), servers);
    ExpectEven(slots, servers);
    // Data with few features fill the first slots.
    for (int s = 0; s < servers; ++s) EXPECT_EQ(slots[s], s);
  }
}

TEST(DealSlotsTest, MovesAsFewAsPossibleWhenServersJoin) {
  for (int before = 1; before < 20; ++before) {
    const SlotServers slots = DealSlots(NoServers(), before);
    for (int after = before; after < 24; ++after) {
      const SlotServers then = DealSlots(slots, after);
      ExpectEven(then, after);
      const std::vector<int> counts = Counts(then, after);
      int new_ones = 0;
      for (int s = before; s < after; ++s) new_ones += counts[s];
      EXPECT_EQ(Moved(slots, then), new_ones) << before << " " << after;
    }
  }
}

TEST(DealSlotsTest, MovesOnlyTheSlotsOfThoseThatLeave) {
  SlotServers slots = DealSlots(NoServers(), 5);
  for (int& server : slots) server = server == 4 ? -1 : server;
  const SlotServers then = DealSlots(slots, 4);
  ExpectEven(then, 4);
  EXPECT_EQ(Moved(slots, then), std::count(slots.begin(), slots.end(), -1));
}

TEST(DealSlotsTest, ThoseThatJoinGetFirstSlots) {
  const SlotServers slots = DealSlots(DealSlots(NoServers(), 2), 4);
  for (uint32_t first = 0; first < kNumSlots; first += 8) {
    const std::set<int> owners(&slots[first], &slots[first] + 8);
    EXPECT_EQ(owners.size(), 4u) << first;
  }
}

JobServer Server(const std::string& name) {
  return {name, absl::StrCat(name, ":7000")};
}

TEST(PlanMoveTest, KeepsTheOrderOfThoseThatStay) {
  const std::vector<JobServer> from = {Server("a"), Server("b"), Server("c")};
  const v1::Routing routing = PlaceAllSlots(from, 6);
  const SlotMove move =
      PlanMove(from, routing, {Server("d"), Server("c"), Server("a")}, 8);
  const std::vector<JobServer> servers = {Server("a"), Server("c"),
                                          Server("d")};
  EXPECT_EQ(move.servers, servers);
  EXPECT_EQ(move.routing.epoch(), 8u);
  EXPECT_EQ(move.routing.addresses(1), "c:7000");
  // d takes the place of b.
  const auto count = static_cast<uint32_t>(std::count(
      routing.slot_owners().begin(), routing.slot_owners().end(), 1));
  EXPECT_EQ(move.num_moved, count);
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    constexpr char kBecomes[] = {0, 2, 1};
    EXPECT_EQ(move.routing.slot_owners()[slot],
              kBecomes[static_cast<int>(routing.slot_owners()[slot])]);
  }
}

TEST(PlanMoveTest, WhoHasTakenOverIsOneServer) {
  const std::vector<JobServer> from = {Server("a"), Server("b"), Server("c")};
  const v1::Routing routing = PlaceAllSlots(from, 6);
  // b answers for a's slots, too.
  const SlotMove move = PlanMove({Server("b"), Server("b"), Server("c")},
                                 routing, {Server("b"), Server("c")}, 8);
  const std::vector<JobServer> servers = {Server("b"), Server("c")};
  EXPECT_EQ(move.servers, servers);
  // It keeps its half, and c gets what it lacks.
  EXPECT_EQ(move.num_moved, kNumSlots / 2 - kNumSlots / 3);
}

TEST(ReplicasTest, EachServerKeepsThoseOfTheOneBefore) {
  const std::vector<JobServer> servers = {Server("a"), Server("b"),
                                          Server("c")};
  const std::vector<JobServer> replicas = {Server("b"), Server("c"),
                                           Server("a")};
  EXPECT_EQ(ReplicaServers(servers), replicas);
  for (int s = 0; s < 3; ++s) {
    EXPECT_EQ(replicas[ReplicaOf(s, 3)], servers[s]);
  }
  v1::Routing routing;
  AddReplicas(servers, &routing);
  ASSERT_EQ(routing.replicas_size(), 3);
  EXPECT_EQ(routing.replicas(2), "a:7000");
}

TEST(ReplicasTest, ASingleServerHasNone) {
  EXPECT_TRUE(ReplicaServers({Server("a")}).empty());
  EXPECT_EQ(ReplicaOf(0, 1), -1);
}

}  // namespace
}  // namespace lineup
