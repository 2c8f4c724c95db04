// What a core does when servers of a job with replicas are lost.

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "coordinator/coordinator_core_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CoordinatorCoreReplicasTest : public CoreWithNodes {
 protected:
  CoordinatorCoreReplicasTest() { replicas_ = 1; }

  // A job on servers 1, 2 and 3, which trains.
  void Begin() { BeginToTrain({"server1", "server2", "server3"}); }
  const ClusterJob& Run() const { return *core_->running()->run; }
  const v1::Routing& Routing() const { return Run().routing(); }
  // What servers that are there say once they follow the newest orders.
  void Follow(const std::vector<std::string>& servers) {
    for (const std::string& server : servers) ServerReports(false, server);
  }
  // Its lanes as they hear of the job.
  int LanesOf(const std::string& worker) const {
    return core_->Orders(worker).worker().lanes_size();
  }
  // How many events of the kind are still kept.
  int Events(const std::string& kind) const {
    int count = 0;
    uint64_t last = 0;
    while (const v1::Event* event = core_->events().Next(last)) {
      last = event->number();
      count += event->kind() == kind;
    }
    return count;
  }
};

TEST_F(CoordinatorCoreReplicasTest, EachServerKeepsTheNextOnesSlotsToo) {
  Begin();
  EXPECT_THAT(
      Routing().replicas(),
      ElementsAre("server2_address", "server3_address", "server1_address"));
  EXPECT_THAT(Routing().taken_over(), IsEmpty());
  const v1::ServerOrders orders = core_->Orders("server1").server();
  EXPECT_EQ(orders.server_index(), 0u);
  EXPECT_EQ(orders.replica_index(), 2u);
  EXPECT_EQ(Run().Shards().size(), 6u);
}

TEST_F(CoordinatorCoreReplicasTest, WithoutTheOptionThereAreNone) {
  replicas_ = 0;
  Begin();
  EXPECT_THAT(Routing().replicas(), IsEmpty());
  EXPECT_FALSE(core_->Orders("server1").server().has_replica_index());
  core_->GiveUp("server1", now_);
  EXPECT_EQ(Events("rewinding"), 1);
}

TEST_F(CoordinatorCoreReplicasTest, AnEpochWaitsForReplicas) {
  for (const char* server : {"server1", "server2"}) {
    ASSERT_TRUE(Join(server).ok());
  }
  for (const char* node : {"a", "b"}) ASSERT_TRUE(Join(node).ok());
  ASSERT_TRUE(core_->Submit(Spec(), now_).ok());
  core_->TakeWork();
  core_->Planned("job-1", MakePlan(), now_);
  Sample();
  ServerReports(false, "server1");
  v1::NodeReport report = FollowedBy("server2");
  report.mutable_server()->mutable_replica()->set_epoch(-1);
  ASSERT_TRUE(core_->OnReport(report, now_).ok());
  EXPECT_EQ(LanesOf("a"), 0);
  Follow({"server2"});
  EXPECT_EQ(LanesOf("a"), 1);
}

TEST_F(CoordinatorCoreReplicasTest, AReplicaTakesOver) {
  Begin();
  const uint64_t epoch = Routing().epoch();
  const uint64_t term = HighestTerm();
  core_->GiveUp("server1", now_);
  EXPECT_EQ(Run().Phase(), "taking over");
  EXPECT_EQ(Routing().epoch(), epoch + 1);
  EXPECT_THAT(
      Routing().addresses(),
      ElementsAre("server2_address", "server2_address", "server3_address"));
  EXPECT_THAT(Routing().taken_over(), ElementsAre(true, false, false));
  EXPECT_THAT(Routing().replicas(), ElementsAre("", "server3_address", ""));
  const v1::ServerOrders orders = core_->Orders("server2").server();
  EXPECT_EQ(orders.server_index(), 1u);
  EXPECT_EQ(orders.replica_index(), 0u);
  EXPECT_EQ(orders.same_since(), epoch);
  EXPECT_EQ(Events("replica_took_over"), 1);
  EXPECT_EQ(Events("replica_lost"), 1);

  // Lanes are given out under new terms when all servers know.
  Follow({"server2"});
  EXPECT_EQ(LanesOf("a"), 0);
  Follow({"server3"});
  EXPECT_EQ(Run().Phase(), "training");
  EXPECT_EQ(LanesOf("a"), 1);
  EXPECT_EQ(LanesOf("b"), 1);
  for (const LaneTable::Lane& lane : Lanes().lanes()) {
    EXPECT_GT(lane.term, term);
  }
  EXPECT_EQ(Events("rewinding"), 0);
  EXPECT_EQ(core_->Orders("a").worker().routing().SerializeAsString(),
            Routing().SerializeAsString());
}

TEST_F(CoordinatorCoreReplicasTest, TellsWhenLanesGoOn) {
  Begin();
  core_->GiveUp("server1", now_);
  Follow({"server2", "server3"});
  EXPECT_EQ(Events("lanes_go_on"), 0);
  now_ += absl::Milliseconds(250);
  for (const char* server : {"server2", "server3"}) {
    v1::NodeReport report = FollowedBy(server);
    report.mutable_server()->set_lanes_called(true);
    report.mutable_server()->mutable_replica()->set_lanes_called(true);
    ASSERT_TRUE(core_->OnReport(report, now_).ok());
  }
  EXPECT_EQ(Events("lanes_go_on"), 1);
  EXPECT_EQ(core_->events().Next(core_->events().last() - 1)->text(),
            "lanes go on, 0.250 s after the loss of a server was noticed");
}

TEST_F(CoordinatorCoreReplicasTest, ASecondLossOfWhoHasNoReplicaRewinds) {
  Begin();
  core_->GiveUp("server1", now_);
  // It answers for two shares, of which one has no replica any more.
  core_->GiveUp("server2", now_);
  EXPECT_EQ(Events("replica_took_over"), 1);
  EXPECT_EQ(Events("rewinding"), 1);
  EXPECT_THAT(Routing().taken_over(), IsEmpty());
  EXPECT_FALSE(core_->Orders("server3").server().has_replica_index());
  EXPECT_EQ(core_->Orders("server3").server().same_since(), 0u);
}

TEST_F(CoordinatorCoreReplicasTest, SlotsThenMoveSoThatAllHaveReplicas) {
  Begin();
  core_->GiveUp("server1", now_);
  Follow({"server2", "server3"});
  now_ += absl::Seconds(2);
  core_->Tick(now_);
  EXPECT_EQ(Run().Phase(), "moving slots");
  // Those that answer for slots come to stand: also the one that took over.
  EXPECT_TRUE(core_->Orders("server2").server().has_barrier());
  for (const bool standing : {false, true}) {
    for (const char* server : {"server2", "server3"}) {
      v1::NodeReport report = FollowedBy(server);
      const uint64_t number = core_->Orders(server).server().barrier().number();
      for (v1::ServerReport* shard :
           {report.mutable_server(),
            report.mutable_server()->mutable_replica()}) {
        shard->mutable_barrier()->set_number(number);
        shard->mutable_barrier()->set_standing(standing);
        for (uint32_t l = 0; l < kLanes; ++l) {
          shard->mutable_barrier()->add_answered(0);
        }
      }
      ASSERT_TRUE(core_->OnReport(report, now_).ok());
    }
  }
  const v1::MoveOrder move = core_->Orders("server2").server().move();
  EXPECT_EQ(move.from_index(), 1);
  EXPECT_EQ(move.to_index(), 0);
  EXPECT_EQ(move.to_replica_index(), 1u);
  EXPECT_THAT(move.from().taken_over(), ElementsAre(true, false, false));
  EXPECT_THAT(move.to().addresses(),
              ElementsAre("server2_address", "server3_address"));
  EXPECT_THAT(move.to().replicas(),
              ElementsAre("server3_address", "server2_address"));
  for (const char* server : {"server2", "server3"}) {
    v1::NodeReport report = FollowedBy(server);
    v1::MoveReport& moved = *report.mutable_server()->mutable_move();
    moved.set_number(move.to().epoch());
    moved.set_state(v1::MoveReport::STATE_TAKEN);
    ASSERT_TRUE(core_->OnReport(report, now_).ok());
  }
  EXPECT_EQ(Routing().SerializeAsString(), move.to().SerializeAsString());
  EXPECT_EQ(core_->Orders("server2").server().same_since(), 0u);
  // And a loss while servers open the job at the new placement is none.
  core_->GiveUp("server3", now_);
  EXPECT_EQ(Events("rewinding"), 0);
  const v1::ServerOrders orders = core_->Orders("server2").server();
  EXPECT_EQ(orders.same_since(), move.to().epoch());
  EXPECT_EQ(orders.move().to().epoch(), move.to().epoch());
}

TEST_F(CoordinatorCoreReplicasTest, ARestartedCoordinatorKnowsWhoTookOver) {
  Begin();
  core_->GiveUp("server1", now_);
  const v1::ServerOrders orders = core_->Orders("server2").server();
  const std::string routing = Routing().SerializeAsString();
  RestartAndPlan();
  EXPECT_EQ(Routing().SerializeAsString(), routing);
  EXPECT_EQ(core_->Orders("server2").server().SerializeAsString(),
            orders.SerializeAsString());
  for (const char* worker : {"a", "b"}) ASSERT_TRUE(Join(worker).ok());
  EXPECT_EQ(LanesOf("a"), 0);
  Follow({"server2", "server3"});
  EXPECT_EQ(LanesOf("a"), 1);
  EXPECT_EQ(LanesOf("b"), 1);
  // It knows, too, that the one has no replica.
  core_->GiveUp("server2", now_);
  EXPECT_EQ(Events("rewinding"), 1);
}

TEST_F(CoordinatorCoreReplicasTest, ARestartWithinARewindGoesOnWithIt) {
  // Two, so that none is left to place slots on anew.
  BeginToTrain({"server1", "server2"});
  for (const char* server : {"server1", "server2"}) {
    core_->GiveUp(server, now_);
  }
  ASSERT_EQ(Run().Phase(), "rewinding");
  ASSERT_FALSE(Routing().replicas().empty());
  RestartAndPlan();
  ASSERT_NE(core_->running(), nullptr);
  EXPECT_EQ(Run().state(), ClusterJob::State::kRunning);
  EXPECT_EQ(Run().Phase(), "rewinding");
}

TEST_F(CoordinatorCoreReplicasTest, AStepWithoutLanesBeginsAgain) {
  Begin();
  const std::vector<std::string> servers = {"server1", "server2", "server3"};
  for (int i = 0; i < 4 && Run().Phase() == "training"; ++i) {
    RestartAndPlan();
    for (const std::string& server : servers) ServerReports(true, server);
  }
  ASSERT_EQ(Run().Phase(), "validating");
  for (const char* worker : {"a", "b"}) ASSERT_TRUE(Join(worker).ok());
  const uint64_t task = core_->Orders("a").worker().tasks(0).id();
  core_->GiveUp("server3", now_);
  EXPECT_THAT(core_->Orders("a").worker().tasks(), IsEmpty());
  for (const char* server : {"server1", "server2"}) ServerReports(true, server);
  EXPECT_EQ(Run().Phase(), "validating");
  EXPECT_GT(core_->Orders("a").worker().tasks(0).id(), task);
}

TEST_F(CoordinatorCoreReplicasTest, ASingleServerSaysThatItHasNone) {
  BeginToTrain({"server1"});
  EXPECT_EQ(Events("no_replica"), 1);
  EXPECT_THAT(Routing().replicas(), IsEmpty());
  core_->GiveUp("server1", now_);
  EXPECT_EQ(Events("rewinding"), 1);
}

}  // namespace
}  // namespace lineup
