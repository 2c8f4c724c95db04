#include "cli/watch_screen.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

WatchedCluster Running() {
  WatchedCluster cluster;
  cluster.job.set_job("job-7");
  cluster.job.mutable_spec()->set_name("clicks");
  cluster.job.mutable_spec()->set_output("/shared/model");
  cluster.job.set_state(v1::JOB_STATE_RUNNING);
  cluster.job.set_phase("training");
  cluster.job.set_phase_progress(0.5);
  cluster.job.set_epoch(2);
  cluster.job.set_epochs(10);
  cluster.job.set_seconds_left(83);
  cluster.job.set_examples_per_second(1.25e6);
  cluster.job.set_best_candidate(5);
  cluster.job.set_criterion("objective_loss");
  cluster.job.set_best_value(0.271351);
  for (int i = 0; i < 32; ++i) {
    v1::CandidateStatus* c = cluster.candidates.add_candidates();
    c->set_index(i);
    c->set_best(i == 5);
    c->set_state("training");
    c->add_train_loss(1.0 + i);
    c->set_validation_json(absl::StrCat("{\"objective_loss\": ", 64 - i, "}"));
  }
  for (int i = 0; i < 12; ++i) {
    v1::NodeStatus* node = cluster.nodes.add_nodes();
    node->set_role(i < 4 ? v1::NODE_ROLE_SERVER : v1::NODE_ROLE_WORKER);
    node->set_node_id(absl::StrCat(i < 4 ? "server" : "worker",
                                   "-a-machine-with-a-long-name-12345-", i));
    node->set_memory_bytes(123456789);
    for (int l = 0; i >= 4 && l < i; ++l) node->add_lanes(100 + l);
  }
  return cluster;
}

std::string Text(const WatchedCluster& cluster, size_t columns = 80,
                 size_t rows = 24) {
  return absl::StrJoin(WatchScreen(cluster, columns, rows), "\n");
}

TEST(WatchScreenTest, ShowsWhatMatters) {
  const std::string text = Text(Running());
  EXPECT_THAT(text, HasSubstr("job-7 (clicks): running, training 50 %\n"
                              "[#######.......................] epoch 3 of 10, "
                              "1:23 left\n"
                              "1.25M examples/s; best: candidate 5, "
                              "objective_loss 0.271351\n"));
  // The best candidate, then those of the lowest validation loss.
  EXPECT_THAT(text, HasSubstr("\n5 * "));
  EXPECT_LT(text.find("\n5 * "), text.find("\n31 "));
  EXPECT_LT(text.find("\n31 "), text.find("\n30 "));
  EXPECT_THAT(text, HasSubstr("(26 more)"));
  EXPECT_THAT(text, HasSubstr("server-a-machine"));
  EXPECT_THAT(text, HasSubstr("more (lineup nodes)"));
}

TEST(WatchScreenTest, FitsEveryTerminal) {
  WatchedCluster failed = Running();
  failed.job.set_state(v1::JOB_STATE_FAILED);
  std::string error;
  for (int i = 0; i < 200; ++i)
    absl::StrAppend(&error, "/a/long/path ", i, " ");
  failed.job.set_error(error + std::string(500, 'x'));
  failed.job.set_why_waiting(error);
  failed.trouble = error;
  for (const WatchedCluster& cluster : {Running(), failed, WatchedCluster()}) {
    for (const size_t columns : {1, 5, 20, 40, 80, 200}) {
      for (const size_t rows : {1, 2, 5, 10, 24, 60}) {
        const std::vector<std::string> lines =
            WatchScreen(cluster, columns, rows);
        EXPECT_LE(lines.size(), rows);
        for (const std::string& line : lines) {
          EXPECT_LE(line.size(), columns) << line;
        }
      }
    }
  }
}

TEST(WatchScreenTest, SaysWhyAJobWaitsOrFailed) {
  WatchedCluster cluster;
  cluster.job.set_job("job-1");
  cluster.job.set_state(v1::JOB_STATE_WAITING_FOR_NODES);
  cluster.job.set_best_candidate(-1);
  cluster.job.set_seconds_left(-1);
  cluster.job.set_why_waiting("1 more server(s)");
  EXPECT_THAT(Text(cluster), HasSubstr("\nwaits for 1 more server(s)\n"));
  EXPECT_THAT(Text(cluster), HasSubstr("no servers and no workers"));
  EXPECT_THAT(Text(cluster), Not(HasSubstr("left")));
  cluster.job.set_state(v1::JOB_STATE_FAILED);
  cluster.job.set_error("worker w: /data/x.csv:3:1: found nothing");
  EXPECT_THAT(Text(cluster), HasSubstr("error: worker w: /data/x.csv:3:1"));
}

TEST(WatchScreenTest, AnEndedJobIsWholeAndNamesItsModel) {
  WatchedCluster cluster = Running();
  cluster.job.set_state(v1::JOB_STATE_SUCCEEDED);
  cluster.job.clear_phase();
  const std::string text = Text(cluster);
  EXPECT_THAT(text, HasSubstr("[##############################]"));
  EXPECT_THAT(text, HasSubstr("the model is in /shared/model"));
  EXPECT_THAT(text, Not(HasSubstr("left")));
}

TEST(WatchScreenTest, IsDrawnLineByLineAndLeavesTheLastRowFree) {
  const std::string drawn = DrawWatchScreen(Running(), 80, 24);
  EXPECT_TRUE(absl::StartsWith(drawn, "\x1b[Hjob-7"));
  EXPECT_TRUE(absl::EndsWith(drawn, "\x1b[K\n\x1b[J"));
  EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\n'), 23);
}

}  // namespace
}  // namespace lineup
