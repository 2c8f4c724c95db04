#include "coordinator/slot_mover.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Event = SlotMover::Event;
using State = SlotMover::State;

JobServer Server(const std::string& name) {
  return {name, absl::StrCat(name, ":7000")};
}

v1::MoveReport Taken(uint64_t bytes) {
  v1::MoveReport report;
  report.set_number(2);
  report.set_state(v1::MoveReport::STATE_TAKEN);
  report.set_bytes(bytes);
  return report;
}

// From a and b to b and c, with one lane.
class SlotMoverTest : public testing::Test {
 protected:
  SlotMoverTest()
      : barrier_(1, true, 0),
        mover_(&barrier_),
        from_({Server("a"), Server("b")}),
        routing_(PlaceAllSlots(from_, 1)),
        reports_(2) {
    for (v1::ServerReport& report : reports_) report.add_lanes()->set_clock(7);
  }

  void Begin(bool lanes_run) {
    mover_.Begin(from_, routing_,
                 PlanMove(from_, routing_, {Server("b"), Server("c")}, 2),
                 lanes_run, absl::UnixEpoch());
  }

  Event Update() { return mover_.Update({&reports_[0], &reports_[1]}); }

  // The servers say of the barrier what they are asked to.
  void FollowBarrier() {
    v1::ServerOrders orders;
    barrier_.AddOrder(&orders);
    for (v1::ServerReport& report : reports_) {
      report.mutable_barrier()->set_number(orders.barrier().number());
      report.mutable_barrier()->clear_answered();
      report.mutable_barrier()->add_answered(7);
      report.mutable_barrier()->set_standing(
          !orders.barrier().clocks().empty());
    }
  }

  v1::ServerOrders OrdersOf(const std::string& node) const {
    v1::ServerOrders orders;
    mover_.AddOrders(node, &orders);
    return orders;
  }

  Barrier barrier_;
  SlotMover mover_;
  const std::vector<JobServer> from_;
  const v1::Routing routing_;
  std::vector<v1::ServerReport> reports_;
};

TEST_F(SlotMoverTest, WaitsForLanesThenForSlots) {
  Begin(/*lanes_run=*/true);
  EXPECT_EQ(Update(), Event::kNone);
  FollowBarrier();  // freezes
  EXPECT_EQ(Update(), Event::kNone);
  EXPECT_EQ(mover_.state(), State::kStopping);
  EXPECT_FALSE(OrdersOf("c").has_move());
  FollowBarrier();  // stands
  EXPECT_EQ(Update(), Event::kNone);
  EXPECT_EQ(mover_.state(), State::kTaking);
  EXPECT_THAT(mover_.WaitsFor(), ElementsAre("b", "c"));
  ASSERT_EQ(mover_.lanes().size(), 1u);
  EXPECT_EQ(mover_.lanes()[0].clock(), 7u);

  EXPECT_EQ(OrdersOf("a").move().from_index(), 0);
  EXPECT_EQ(OrdersOf("a").move().to_index(), -1);
  EXPECT_EQ(OrdersOf("b").move().from_index(), 1);
  EXPECT_EQ(OrdersOf("b").move().to_index(), 0);
  EXPECT_EQ(OrdersOf("c").move().from_index(), -1);
  EXPECT_EQ(OrdersOf("c").move().to_index(), 1);
  EXPECT_EQ(OrdersOf("c").move().from().epoch(), 1u);
  EXPECT_EQ(OrdersOf("c").move().to().epoch(), 2u);

  mover_.OnReport("b", Taken(3));
  EXPECT_EQ(Update(), Event::kNone);
  v1::MoveReport old = Taken(5);
  old.set_number(1);
  mover_.OnReport("c", old);
  EXPECT_EQ(Update(), Event::kNone) << "a report of another move";
  mover_.OnReport("c", Taken(5));
  EXPECT_EQ(Update(), Event::kTaken);
  EXPECT_EQ(mover_.bytes_taken(), 8u);
  mover_.Open();
  EXPECT_FALSE(barrier_.active());
  EXPECT_FALSE(mover_.preparing());
  mover_.Resume();
  mover_.End();
  EXPECT_TRUE(OrdersOf("c").has_move())
      << "the placement came about by the move for as long as it lasts";
}

TEST_F(SlotMoverTest, NeedsNoBarrierBetweenEpochs) {
  Begin(/*lanes_run=*/false);
  EXPECT_EQ(Update(), Event::kNone);
  EXPECT_EQ(mover_.state(), State::kTaking);
  EXPECT_FALSE(barrier_.active());
}

TEST_F(SlotMoverTest, AServerThatCannotTakeEndsIt) {
  Begin(/*lanes_run=*/true);
  FollowBarrier();
  Update();
  FollowBarrier();
  Update();
  v1::MoveReport failed;
  failed.set_number(2);
  failed.set_state(v1::MoveReport::STATE_FAILED);
  failed.set_error("server a:7000 cannot be reached");
  mover_.OnReport("c", failed);
  EXPECT_EQ(Update(), Event::kFailed);
  EXPECT_THAT(std::string(mover_.error().message()),
              HasSubstr("server c: server a:7000 cannot be reached"));
  EXPECT_TRUE(mover_.idle());
  EXPECT_FALSE(barrier_.active()) << "lanes run again";
  EXPECT_FALSE(OrdersOf("c").has_move());
}

TEST_F(SlotMoverTest, LanesThatStandElsewhereAreABug) {
  reports_[1].mutable_lanes(0)->set_clock(8);
  Begin(/*lanes_run=*/false);
  EXPECT_EQ(Update(), Event::kFailed);
}

TEST_F(SlotMoverTest, OutlivesTheProcessOnceThePlacementIsNew) {
  Begin(/*lanes_run=*/false);
  Update();
  v1::JournalRun run;
  mover_.Fill(&run);
  EXPECT_THAT(run.moved_from_servers(), IsEmpty());
  mover_.OnReport("b", Taken(0));
  mover_.OnReport("c", Taken(0));
  ASSERT_EQ(Update(), Event::kTaken);
  mover_.Open();
  mover_.Fill(&run);
  *run.mutable_routing() = mover_.move().routing;
  SlotMover restarted(&barrier_);
  restarted.Take(run);
  EXPECT_TRUE(restarted.idle());
  for (const char* node : {"a", "b", "c"}) {
    v1::ServerOrders orders;
    restarted.AddOrders(node, &orders);
    EXPECT_EQ(orders.SerializeAsString(), OrdersOf(node).SerializeAsString());
  }
}

}  // namespace
}  // namespace lineup
