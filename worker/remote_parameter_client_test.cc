#include "worker/remote_parameter_client.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/candidate_groups_testing.h"
#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/server_process.h"
#include "worker/local_parameter_client.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint32_t kRows = 700;

// Both paddings and orders of columns: adam and ftrl of two outputs.
LineupColumns MixedColumns() {
  std::vector<Candidate> candidates(5);
  for (int i = 0; i < 5; ++i) {
    Candidate& c = candidates[i];
    c.index = i;
    c.optimizer = i % 2 == 0 ? OptimizerType::kFtrl : OptimizerType::kAdam;
    c.wd = 0.01 * i;
    c.l1 = 0.001 * i;
    c.learning_rate = c.schedule.learning_rate = 0.1;
  }
  return LineupColumns(std::move(candidates), 2);
}

LineupColumns WholeBlocks() {
  std::vector<Candidate> candidates(8);
  for (int i = 0; i < 8; ++i) {
    candidates[i].index = i;
    candidates[i].margin = i;  // or they would share columns
  }
  return LineupColumns(std::move(candidates), 1);
}

// The rows that a lane's minibatch touches.
RowSet SparseRows(uint32_t lane, uint64_t clock) {
  SplitMix64 random(HashMix(lane, clock));
  std::vector<uint32_t> rows = {0};
  for (uint32_t row = 1; row < kRows; ++row) {
    if (random.Below(3) == 0) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](uint32_t a, uint32_t b) {
    return StripeOfRow(a) < StripeOfRow(b);
  });
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (const uint32_t row : rows) ++begins[StripeOfRow(row) + 1];
  for (uint32_t s = 0; s < kNumStripes; ++s) begins[s + 1] += begins[s];
  return RowSet::Grouped(std::move(rows), begins);
}

// Collects the answer to one call.
class Waiter {
 public:
  ParameterClient::Done done() {
    return [this](absl::Status status) {
      MutexLock lock(&mutex_);
      EXPECT_FALSE(done_);
      done_ = true;
      status_ = std::move(status);
      changed_.SignalAll();
    };
  }
  absl::Status Await() {
    MutexLock lock(&mutex_);
    while (!done_) changed_.Wait(&mutex_);
    return status_;
  }
  bool IsDone() {
    MutexLock lock(&mutex_);
    return done_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

// A lane whose gradient is a function of the weights that it pulled.
struct TestLane {
  uint32_t lane = 0;
  uint64_t clock = 1;
  RowSet rows;
  AlignedFloats weights;
  uint32_t groups = 0;  // whose columns the weights have
  std::unique_ptr<Waiter> pull = std::make_unique<Waiter>();

  LaneClock at() const { return {lane, clock, 1}; }
};

// Trains `lanes` lanes for `clocks` clocks in step.
class Trainer {
 public:
  // Lanes pull the columns of groups of candidates, or of all.
  Trainer(ParameterClient* client, const LineupColumns& columns, bool dense,
          bool of_groups = false)
      : client_(*client),
        columns_(columns),
        dense_(dense),
        of_groups_(of_groups),
        groupings_(columns) {}

  void Train(uint32_t num_lanes, uint64_t clocks, bool fused) {
    std::vector<TestLane> lanes(num_lanes);
    for (uint32_t l = 0; l < num_lanes; ++l) {
      lanes[l].lane = l;
      StartPull(&lanes[l]);
    }
    for (uint64_t c = 1; c <= clocks; ++c) {
      for (TestLane& lane : lanes) {
        ASSERT_EQ(lane.pull->Await(), absl::OkStatus());
      }
      for (TestLane& lane : lanes) Push(&lane, fused && c < clocks);
      if (fused || c == clocks) continue;
      for (TestLane& lane : lanes) StartPull(&lane);
    }
    for (TestLane& lane : lanes) {
      Waiter waiter;
      client_.FinishLane(lane.at(), waiter.done());
      ASSERT_EQ(waiter.Await(), absl::OkStatus());
    }
  }

  std::vector<float> PeekAll() {
    const RowSet rows = RowSet::All(kRows);
    AlignedFloats out(kRows * columns_.width(), -1);
    Waiter waiter;
    client_.Peek(rows, std::nullopt, out.data(), waiter.done());
    EXPECT_EQ(waiter.Await(), absl::OkStatus());
    return {out.begin(), out.end()};
  }
  // kRows x outputs.
  std::vector<float> PeekCandidate(size_t candidate) {
    const RowSet rows = dense_ ? RowSet::All(kRows) : RowSet::Range(0, kRows);
    const size_t outputs = columns_.outputs();
    std::vector<float> out(kRows * outputs, -1), by_row(kRows * outputs);
    Waiter waiter;
    client_.Peek(rows, candidate, out.data(), waiter.done());
    EXPECT_EQ(waiter.Await(), absl::OkStatus());
    for (size_t i = 0; i < kRows; ++i) {
      std::copy_n(&out[i * outputs], outputs, &by_row[rows.row(i) * outputs]);
    }
    return by_row;
  }

 private:
  void SetRows(TestLane* lane) {
    lane->rows =
        dense_ ? RowSet::All(kRows) : SparseRows(lane->lane, lane->clock);
    lane->weights.assign(lane->rows.size() * columns_.width(), -1);
    lane->pull = std::make_unique<Waiter>();
  }
  WeightsOut Out(TestLane* lane) const {
    return of_groups_ ? WeightsOut(lane->weights.data(), &lane->groups)
                      : WeightsOut(lane->weights.data());
  }
  void StartPull(TestLane* lane) {
    SetRows(lane);
    client_.Pull(lane->at(), lane->rows, Out(lane), lane->pull->done());
  }
  void Push(TestLane* lane, bool fused) {
    const std::vector<double> losses(columns_.num_candidates(), 1.0);
    const LaneClock at = lane->at();
    const TestLane old{lane->lane, lane->clock, lane->rows, lane->weights,
                       lane->groups};
    const LineupColumns columns =
        columns_.Keep(groupings_.OfSize(old.groups)->first_of_group());
    const auto gradient = [&](size_t first, size_t stride, size_t count,
                              float* out) {
      for (size_t j = 0; j < count; ++j) {
        GradientRow(old, columns, first + j * stride,
                    out + j * columns.width());
      }
    };
    ++lane->clock;
    Waiter push;
    if (fused) {
      SetRows(lane);
      client_.PushAndPull(at, old.rows, {gradient, 2, losses, old.groups},
                          lane->rows, Out(lane), lane->pull->done());
      return;
    }
    client_.Push(at, old.rows, {gradient, 2, losses, old.groups}, push.done());
    ASSERT_EQ(push.Await(), absl::OkStatus());
  }
  static void GradientRow(const TestLane& lane, const LineupColumns& columns,
                          size_t i, float* out) {
    const size_t width = columns.width();
    for (size_t k = 0; k < width; ++k) {
      const int candidate = columns.candidate_of_column(k);
      if (candidate < 0) {
        out[k] = 0;
        continue;
      }
      // The same for candidates that are the same.
      const Candidate& c = columns.candidates()[candidate];
      const uint64_t column =
          static_cast<uint64_t>(c.wd * 1e4 + c.margin * 10) * 100 + k -
          columns.first_column(candidate);
      const uint64_t hash =
          HashMix(lane.rows.row(i), lane.lane * 1000 + lane.clock, column);
      out[k] = lane.weights[i * width + k] +
               static_cast<float>(UniformFromHash(hash) - 0.5);
    }
  }

  ParameterClient& client_;
  const LineupColumns& columns_;
  const bool dense_;
  const bool of_groups_;
  const CandidateGroupings groupings_;
};

class RemoteParameterClientTest : public testing::Test {
 protected:
  // Slots in turn over `n` servers.
  void StartServers(size_t n, const LineupColumns& columns, uint32_t lanes,
                    Staleness staleness) {
    routing_.job = "j";
    routing_.epoch = 3;
    for (uint32_t s = 0; s < kNumSlots; ++s) routing_.slot_owners[s] = s % n;
    for (size_t i = 0; i < n; ++i) {
      ServerProcessOptions options{*Address::ParseListening("127.0.0.1:0")};
      auto server = ServerProcess::Start(options);
      ASSERT_TRUE(server.ok()) << server.status();
      servers_.push_back(*std::move(server));
      routing_.servers.push_back(servers_[i]->address());
      OpenJob(i, columns, lanes, staleness);
    }
  }
  // Each server keeps a replica of the slots of the one before.
  void StartServersWithReplicas(size_t n, const LineupColumns& columns,
                                uint32_t lanes, Staleness staleness) {
    StartServers(n, columns, lanes, staleness);
    for (size_t i = 0; i < n; ++i) {
      servers_[i]->jobs().CloseJob("j");
      JobSlot& jobs = servers_[i]->jobs();
      const JobSlot::Shards shards = {
          jobs.NewJob(ShardOptionsOf(i, columns, lanes, staleness)),
          jobs.NewJob(
              ShardOptionsOf((i + n - 1) % n, columns, lanes, staleness))};
      ASSERT_EQ(jobs.OpenJob(shards), absl::OkStatus());
      ASSERT_EQ(shards.own->BeginEpoch(0, 0), absl::OkStatus());
      ASSERT_EQ(shards.replica->BeginEpoch(0, 0), absl::OkStatus());
      routing_.replicas.push_back(servers_[(i + 1) % n]->address());
    }
  }
  ServedJobOptions ShardOptionsOf(size_t i, const LineupColumns& columns,
                                  uint32_t lanes, Staleness staleness) const {
    ServedJobOptions job;
    job.job = "j";
    job.columns = columns;
    job.shard.num_lanes = lanes;
    job.shard.staleness = staleness;
    job.shard.seed = 7;
    OwnedRows::Slots slots;
    for (uint32_t s = 0; s < kNumSlots; ++s) {
      slots[s] = routing_.slot_owners[s] == i;
    }
    job.owned = OwnedRows(slots);
    job.routing_epoch = routing_.epoch;
    job.max_rows = kRows;
    return job;
  }
  void OpenJob(size_t i, const LineupColumns& columns, uint32_t lanes,
               Staleness staleness) {
    ASSERT_EQ(servers_[i]->jobs().OpenJob(
                  ShardOptionsOf(i, columns, lanes, staleness)),
              absl::OkStatus());
    ASSERT_EQ(servers_[i]->jobs().job()->BeginEpoch(0, 0), absl::OkStatus());
  }
  std::unique_ptr<RemoteParameterClient> Client(
      const LineupColumns& columns,
      const RemoteParameterClientOptions& options = {}) {
    auto client = RemoteParameterClient::Create(routing_, columns, options,
                                                &clock_, &pool_);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }

  // What a shard in this process makes of the same training.
  std::vector<float> Locally(const LineupColumns& columns, bool dense,
                             uint32_t lanes, uint64_t clocks,
                             Staleness staleness, bool fused) {
    ShardOptions options;
    options.seed = 7;
    options.num_lanes = lanes;
    options.staleness = staleness;
    Shard shard(columns, options, &pool_);
    EXPECT_EQ(shard.BeginEpoch(0, 0), absl::OkStatus());
    LocalParameterClient client(&shard);
    Trainer trainer(&client, columns, dense);
    trainer.Train(lanes, clocks, fused);
    return trainer.PeekAll();
  }

  RealClock clock_;
  ThreadPool pool_{2};
  ParameterRouting routing_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;
};

TEST_F(RemoteParameterClientTest, TrainsToTheSameBitsAsOneProcess) {
  for (const LineupColumns& columns :
       {MixedColumns(), WholeBlocks(), PairsOfCandidates(),
        // Eight groups: a whole block, as it travels.
        PairsOfCandidates(8, 1)}) {
    for (const bool dense : {false, true}) {
      const std::vector<float> expected =
          Locally(columns, dense, 3, 4, 0, false);
      for (const size_t num_servers : {1, 3}) {
        // Whole calls, and ones cut in many parts.
        for (const size_t part_bytes : {size_t{1} << 20, size_t{2000}}) {
          servers_.clear();
          routing_ = {};
          StartServers(num_servers, columns, 3, 0);
          RemoteParameterClientOptions options;
          options.part_bytes = part_bytes;
          const auto client = Client(columns, options);
          const bool of_groups = part_bytes > 2000;
          Trainer trainer(client.get(), columns, dense, of_groups);
          trainer.Train(3, 4, false);
          EXPECT_EQ(trainer.PeekAll(), expected)
              << num_servers << " servers, dense " << dense;
          EXPECT_TRUE(servers_[0]->jobs().job()->Status().epoch_done());
        }
      }
    }
  }
}

TEST_F(RemoteParameterClientTest, CandidatesAreToldApart) {
  const LineupColumns columns = PairsOfCandidates();
  StartServers(2, columns, 1, 2);
  const auto client = Client(columns);
  Trainer trainer(client.get(), columns, false);
  trainer.Train(1, 2, false);
  const std::vector<float> together = trainer.PeekAll();
  const auto column = [&](const std::vector<float>& weights, size_t candidate) {
    std::vector<float> of_candidate;
    for (size_t r = 0; r < kRows; ++r) {
      of_candidate.push_back(
          weights[r * columns.width() + columns.first_column(candidate)]);
    }
    return of_candidate;
  };
  EXPECT_EQ(column(together, 0), column(together, 1));
  EXPECT_NE(column(together, 0), column(together, 2));
  for (const auto& server : servers_) {
    ASSERT_EQ(server->jobs().job()->BeginEpoch(1, 3), absl::OkStatus());
  }
  // The third update, whose gradient is still of pairs.
  const LaneClock at{0, 4, 1};
  const RowSet rows = RowSet::Range(0, kRows);
  AlignedFloats weights(rows.size() * columns.width());
  Waiter pull;
  client->Pull(at, rows, weights.data(), pull.done());
  ASSERT_EQ(pull.Await(), absl::OkStatus());
  const std::vector<double> losses(columns.num_candidates(), 1.0);
  const auto gradient = [&](size_t, size_t, size_t count, float* out) {
    std::fill_n(out, count * columns.width(), 1.0f);
  };
  Waiter push;
  client->Push(at, rows, {gradient, 2, losses}, push.done());
  ASSERT_EQ(push.Await(), absl::OkStatus());
  const std::vector<float> apart = trainer.PeekAll();
  EXPECT_NE(column(apart, 0), column(apart, 1));
  // By a client that has not heard of any groups, and by one that has.
  const auto another = Client(columns);
  for (ParameterClient* pusher : {another.get(), client.get()}) {
    const LaneClock next{0, pusher == client.get() ? 6u : 5u, 1};
    Waiter waiter;
    pusher->Push(next, rows, {gradient, 2, losses}, waiter.done());
    ASSERT_EQ(waiter.Await(), absl::OkStatus());
  }
  EXPECT_NE(trainer.PeekAll(), apart);
}

// Whatever groups the last were that a client peeked at.
TEST_F(RemoteParameterClientTest, PeeksAreOfTheGroupsThatThereAre) {
  const LineupColumns columns = PairsOfCandidates();
  const CandidateGroupings groupings(columns);
  StartServers(2, columns, 1, 2);
  const auto client = Client(columns);
  Trainer trainer(client.get(), columns, false, true);
  const auto expect_groups = [&](uint32_t expected) {
    const RowSet rows = RowSet::All(kRows);
    AlignedFloats out(kRows * columns.width(), -1);
    uint32_t groups = 0;
    Waiter waiter;
    client->Peek(rows, std::nullopt, WeightsOut(out.data(), &groups),
                 waiter.done());
    ASSERT_EQ(waiter.Await(), absl::OkStatus());
    ASSERT_EQ(groups, expected);
    const CandidateGroups& of = *groupings.OfSize(groups);
    const LineupColumns firsts = columns.Keep(of.first_of_group());
    const std::vector<float> all = trainer.PeekAll();
    for (size_t row = 0; row < kRows; ++row) {
      for (size_t c = 0; c < columns.num_candidates(); ++c) {
        EXPECT_EQ(
            out[row * firsts.width() + firsts.first_column(of.group_of(c))],
            all[row * columns.width() + columns.first_column(c)]);
      }
    }
  };
  expect_groups(3);
  trainer.Train(1, 4, true);
  expect_groups(6);
  // The job begins anew.
  for (size_t i = 0; i < 2; ++i) {
    servers_[i]->jobs().CloseJob("j");
    OpenJob(i, columns, 1, 2);
  }
  expect_groups(3);
}

TEST_F(RemoteParameterClientTest, PushAndPullInOneCall) {
  for (const LineupColumns& columns :
       {PairsOfCandidates(), PairsOfCandidates(8, 1)}) {
    const std::vector<float> expected = Locally(columns, false, 1, 5, 2, true);
    for (const size_t part_bytes : {size_t{1} << 20, size_t{2000}}) {
      for (const bool of_groups : {false, true}) {
        servers_.clear();
        routing_ = {};
        StartServers(2, columns, 1, 2);
        RemoteParameterClientOptions options;
        options.part_bytes = part_bytes;
        const auto client = Client(columns, options);
        Trainer trainer(client.get(), columns, false, of_groups);
        trainer.Train(1, 5, true);
        EXPECT_EQ(trainer.PeekAll(), expected);
      }
    }
  }
}

// Lanes that pull the columns of groups beside one that knows of none.
TEST_F(RemoteParameterClientTest, LanesOfGroupsAndOfAllAreAddedUp) {
  const LineupColumns columns = PairsOfCandidates();
  const RowSet rows = RowSet::Range(0, kRows);
  const std::vector<double> losses(columns.num_candidates(), 1.0);
  std::vector<std::vector<float>> weights;
  for (const bool mixed : {false, true}) {
    servers_.clear();
    routing_ = {};
    StartServers(2, columns, 2, 0);
    const auto client = Client(columns);
    for (uint64_t clock = 1; clock <= 4; ++clock) {
      Waiter pulls[2];
      AlignedFloats out[2];
      uint32_t groups[2] = {0, 0};
      for (uint32_t l = 0; l < 2; ++l) {
        out[l].resize(kRows * columns.width());
        const bool of_groups = mixed && l == 1;
        client->Pull({l, clock, 1}, rows,
                     of_groups ? WeightsOut(out[l].data(), &groups[l])
                               : WeightsOut(out[l].data()),
                     pulls[l].done());
      }
      for (uint32_t l = 0; l < 2; ++l) {
        ASSERT_EQ(pulls[l].Await(), absl::OkStatus());
      }
      EXPECT_EQ(groups[1], !mixed ? 0 : clock <= 3 ? 3 : 6) << clock;
      for (uint32_t l = 0; l < 2; ++l) {
        const size_t width = groups[l] == 3 ? 8 : columns.width();
        const auto gradient = [&](size_t first, size_t stride, size_t count,
                                  float* row) {
          for (size_t j = 0; j < count; ++j) {
            const float all = 0.1f * (l + 1) * (first + j * stride);
            std::fill_n(row + j * width, width, all);
          }
        };
        Waiter push;
        client->Push({l, clock, 1}, rows, {gradient, 2, losses, groups[l]},
                     push.done());
        ASSERT_EQ(push.Await(), absl::OkStatus());
      }
    }
    for (uint32_t l = 0; l < 2; ++l) {
      Waiter end;
      client->FinishLane({l, 5, 1}, end.done());
      ASSERT_EQ(end.Await(), absl::OkStatus());
    }
    weights.push_back(Trainer(client.get(), columns, false).PeekAll());
  }
  EXPECT_EQ(weights[0], weights[1]);
}

// Weights asked of replicas alone: as if each server had been lost in turn.
TEST_F(RemoteParameterClientTest, ReplicasHaveTheSameBits) {
  for (const bool fused : {false, true}) {
    const LineupColumns columns = MixedColumns();
    const uint32_t lanes = fused ? 1 : 3;
    const Staleness staleness = fused ? 2 : 0;
    const std::vector<float> expected =
        Locally(columns, false, lanes, 4, staleness, fused);
    servers_.clear();
    routing_ = {};
    StartServersWithReplicas(3, columns, lanes, staleness);
    RemoteParameterClientOptions options;
    options.part_bytes = 2000;
    {
      const auto client = Client(columns, options);
      Trainer trainer(client.get(), columns, false);
      trainer.Train(lanes, 4, fused);
      EXPECT_EQ(trainer.PeekAll(), expected);
    }
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(servers_[i]->jobs().shards().replica->Status().epoch_done());
      routing_.servers[i] = *routing_.replicas[i];
    }
    routing_.replicas.clear();
    routing_.taken_over.assign(3, true);
    const auto client = Client(columns, options);
    EXPECT_EQ(Trainer(client.get(), columns, false).PeekAll(), expected);
  }
}

TEST_F(RemoteParameterClientTest, APushIsDoneWhenTheReplicaHasIt) {
  const LineupColumns columns = MixedColumns();
  StartServersWithReplicas(2, columns, 1, 0);
  const auto client = Client(columns);
  const RowSet rows = RowSet::All(kRows);
  AlignedFloats out(kRows * columns.width());
  Waiter pull;
  client->Pull({0, 1, 1}, rows, out.data(), pull.done());
  ASSERT_EQ(pull.Await(), absl::OkStatus());
  // The replica of server 0's slots goes on under another number.
  servers_[1]->jobs().shards().replica->SetRoutingEpoch(4);
  const auto gradient = [&](size_t, size_t, size_t count, float* to) {
    std::fill_n(to, count * columns.width(), 0.0f);
  };
  const std::vector<double> losses(columns.num_candidates(), 1.0);
  Waiter push;
  client->Push({0, 1, 1}, rows, {gradient, 2, losses}, push.done());
  const absl::Status status = push.Await();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_ROUTING);
  EXPECT_EQ(status.message().find(absl::StrCat("parameter server ",
                                               routing_.servers[1].ToString())),
            0u)
      << status;
  // The clock to go on at is the one that it lacks.
  servers_[1]->jobs().shards().replica->SetRoutingEpoch(3);
  uint64_t next = 0;
  Waiter asked;
  client->NextClock(0, &next, asked.done());
  ASSERT_EQ(asked.Await(), absl::OkStatus());
  EXPECT_EQ(next, 1u);
}

TEST_F(RemoteParameterClientTest, ALaneThatHasFinishedGoesNoFurther) {
  const LineupColumns columns = MixedColumns();
  StartServers(2, columns, 1, 0);
  const auto client = Client(columns);
  uint64_t next = 0;
  const auto ask = [&] {
    Waiter asked;
    client->NextClock(0, &next, asked.done());
    ASSERT_EQ(asked.Await(), absl::OkStatus());
  };
  ask();
  EXPECT_EQ(next, 1u);
  Waiter finish;
  client->FinishLane({0, next, 1}, finish.done());
  ASSERT_EQ(finish.Await(), absl::OkStatus());
  // A new holder says the same again; 2 would be a clock of the next epoch.
  ask();
  EXPECT_EQ(next, 1u);
}

TEST_F(RemoteParameterClientTest, TravelsInHalfTheBytes) {
  const LineupColumns columns = MixedColumns();
  StartServers(2, columns, 1, 0);
  const auto exact = Client(columns);
  RemoteParameterClientOptions options;
  options.format = FloatFormat::kBfloat16;
  const auto half = Client(columns, options);
  const std::vector<float> full =
      Trainer(exact.get(), columns, false).PeekAll();
  const std::vector<float> rounded =
      Trainer(half.get(), columns, false).PeekAll();
  for (size_t i = 0; i < full.size(); ++i) {
    EXPECT_EQ(rounded[i], FloatFromBfloat16(Bfloat16FromFloat(full[i])));
  }
  // And training works.
  Trainer(half.get(), columns, false).Train(1, 3, false);
}

TEST_F(RemoteParameterClientTest, PeeksAtOneCandidate) {
  for (const LineupColumns& columns : {MixedColumns(), WholeBlocks()}) {
    for (const size_t num_servers : {1, 2}) {
      servers_.clear();
      routing_ = {};
      StartServers(num_servers, columns, 1, 0);
      Trainer(Client(columns).get(), columns, false).Train(1, 3, false);
      // Whole calls, and ones cut in parts.
      for (const size_t part_bytes : {size_t{1} << 20, size_t{1000}}) {
        for (const auto format :
             {FloatFormat::kFloat32, FloatFormat::kBfloat16}) {
          RemoteParameterClientOptions options;
          options.part_bytes = part_bytes;
          options.format = format;
          const auto client = Client(columns, options);
          for (const bool dense : {false, true}) {
            Trainer trainer(client.get(), columns, dense);
            const std::vector<float> all = trainer.PeekAll();
            for (size_t c = 0; c < columns.num_candidates(); ++c) {
              const std::vector<float> one = trainer.PeekCandidate(c);
              for (size_t i = 0; i < one.size(); ++i) {
                const size_t row = i / columns.outputs();
                ASSERT_EQ(one[i],
                          all[row * columns.width() + columns.first_column(c) +
                              i % columns.outputs()])
                    << "candidate " << c << " row " << row;
              }
            }
          }
        }
      }
    }
  }
}

TEST_F(RemoteParameterClientTest, ErrorsNameTheServer) {
  const LineupColumns columns = MixedColumns();
  StartServers(2, columns, 1, 0);
  servers_[1]->jobs().CloseJob("j");
  const auto client = Client(columns);
  const RowSet rows = RowSet::All(kRows);
  AlignedFloats out(kRows * columns.width());
  Waiter waiter;
  client->Pull({0, 1, 1}, rows, out.data(), waiter.done());
  const absl::Status status = waiter.Await();
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNKNOWN_JOB);
  EXPECT_EQ(status.message(),
            absl::StrCat("parameter server ", routing_.servers[1].ToString(),
                         ": job \"j\" is not open here"));
}

TEST_F(RemoteParameterClientTest, AnotherPlacementIsAnError) {
  const LineupColumns columns = MixedColumns();
  StartServers(1, columns, 1, 0);
  routing_.epoch = 4;
  const auto client = Client(columns);
  Waiter waiter;
  client->FinishLane({0, 1, 1}, waiter.done());
  EXPECT_EQ(ReasonOf(waiter.Await()), v1::ERROR_REASON_STALE_ROUTING);
}

TEST_F(RemoteParameterClientTest, GivesUpOnAServerThatIsNotThere) {
  const LineupColumns columns = MixedColumns();
  StartServers(2, columns, 1, 0);
  RemoteParameterClientOptions options;
  options.retry.patience = absl::Milliseconds(100);
  const auto client = Client(columns, options);
  servers_[0].reset();
  Waiter waiter;
  client->FinishLane({0, 1, 1}, waiter.done());
  const absl::Status status = waiter.Await();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              StartsWith(absl::StrCat("parameter server ",
                                      routing_.servers[0].ToString(), ": ")));
  EXPECT_THAT(status.message(), HasSubstr("(given up after "));
}

TEST_F(RemoteParameterClientTest, APullThatWaitsEndsWithTheClient) {
  const LineupColumns columns = MixedColumns();
  StartServers(2, columns, 2, 0);
  auto client = Client(columns);
  Trainer trainer(client.get(), columns, true);
  const RowSet rows = RowSet::All(kRows);
  AlignedFloats out(kRows * columns.width());
  Waiter pull;
  client->Pull({0, 1, 1}, rows, out.data(), pull.done());
  ASSERT_EQ(pull.Await(), absl::OkStatus());
  const std::vector<double> losses(columns.num_candidates(), 1.0);
  Waiter push;
  client->Push({0, 1, 1}, rows,
               {[&](size_t, size_t, size_t count, float* gradient) {
                  std::fill_n(gradient, count * columns.width(), 0.0f);
                },
                1, losses},
               push.done());
  ASSERT_EQ(push.Await(), absl::OkStatus());
  // Lane 1 has not pushed, so this waits.
  Waiter waits;
  client->Pull({0, 2, 1}, rows, out.data(), waits.done());
  EXPECT_FALSE(waits.IsDone());
  client.reset();
  EXPECT_TRUE(waits.IsDone());
  EXPECT_EQ(waits.Await().code(), absl::StatusCode::kCancelled);
}

TEST_F(RemoteParameterClientTest, AfterCancelEverythingIsCancelled) {
  const LineupColumns columns = MixedColumns();
  StartServers(1, columns, 1, 0);
  const auto client = Client(columns);
  client->Cancel();
  Waiter waiter;
  client->FinishLane({0, 1, 1}, waiter.done());
  EXPECT_EQ(waiter.Await().code(), absl::StatusCode::kCancelled);
}

TEST_F(RemoteParameterClientTest, RefusesARoutingThatCannotBe) {
  const LineupColumns columns = MixedColumns();
  ParameterRouting routing;
  EXPECT_EQ(RemoteParameterClient::Create(routing, columns, {}, &clock_, &pool_)
                .status()
                .message(),
            "no parameter server is given");
  routing.servers = {*Address::Parse("localhost:1")};
  routing.slot_owners[5] = 1;
  EXPECT_EQ(RemoteParameterClient::Create(routing, columns, {}, &clock_, &pool_)
                .status()
                .message(),
            "a slot is on server 1, but there are 1");
}

}  // namespace
}  // namespace lineup
