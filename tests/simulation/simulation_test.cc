// The seeds that run with every change. A failure's text ends with the command
// that shows what happened.

#include "tests/simulation/simulation.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace lineup::simulation {
namespace {

constexpr uint64_t kSeeds = 500;

class SimulationTest : public testing::Test {
 protected:
  void SetUp() override { FLAGS_minloglevel = google::GLOG_FATAL; }

  void Expect(uint64_t seed) {
    const RunResult result = Simulate(seed, &jobs_, &pool_, RunOptions());
    EXPECT_TRUE(result.problems.empty())
        << result.scenario << "\n"
        << absl::StrJoin(result.problems, "\n")
        << "\n  bazel run //tests/simulation:simulate -- --seed " << seed
        << " --trace";
    rewinds_ += result.rewinds;
    checkpoints_ += result.checkpoints;
    moves_ += result.moves;
    takeovers_ += result.takeovers;
    restarts_ += result.restarts;
  }

  SimulatedJobs jobs_{testing::TempDir() + "/simulation"};
  ThreadPool pool_{1};
  uint64_t rewinds_ = 0;
  uint64_t checkpoints_ = 0;
  uint64_t moves_ = 0;
  uint64_t takeovers_ = 0;
  uint64_t restarts_ = 0;
};

TEST_F(SimulationTest, Seeds) {
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) Expect(seed);
  // Otherwise nothing has been put to the test.
  EXPECT_GT(rewinds_, kSeeds / 20);
  EXPECT_GT(checkpoints_, kSeeds / 4);
  EXPECT_GT(moves_, kSeeds / 50);
  EXPECT_GT(takeovers_, kSeeds / 20);
  EXPECT_GT(restarts_, kSeeds / 20);
}

// Those that have failed (docs/failure_model.md).
TEST_F(SimulationTest, SeedsThatFailed) {
  for (const uint64_t seed : {619, 2206, 2356, 2419, 3166, 9901}) Expect(seed);
}

// The same run, event by event.
TEST_F(SimulationTest, IsDeterministic) {
  for (const uint64_t seed : {2, 3, 5}) {
    std::string traces[2];
    for (std::string& trace : traces) {
      RunOptions options;
      options.trace = [&](absl::Duration at, absl::string_view who,
                          absl::string_view what) {
        absl::StrAppend(&trace, absl::FormatDuration(at), " ", who, " ", what,
                        "\n");
      };
      Simulate(seed, &jobs_, &pool_, options);
    }
    EXPECT_EQ(traces[0], traces[1]);
    EXPECT_FALSE(traces[0].empty());
  }
}

}  // namespace
}  // namespace lineup::simulation
