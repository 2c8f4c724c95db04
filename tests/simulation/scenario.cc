#include "tests/simulation/scenario.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"

namespace lineup::simulation {
namespace {

// A job gives up when it loses servers more often without getting further.
constexpr int kMaxServersLost = 4;

template <typename T>
T OneOf(std::initializer_list<T> values, SplitMix64* random) {
  return *(values.begin() + random->Below(values.size()));
}

SimulatedJob DrawJob(SplitMix64* random) {
  SimulatedJob job;
  job.counted = random->Below(2) == 0;
  job.sparse = random->Below(2) == 0;
  job.optimizer = OneOf({"adam", "ftrl", "sgd"}, random);
  job.lanes = OneOf<uint32_t>({1, 2, 3, 4, 6}, random);
  if (job.counted) {
    job.staleness = OneOf<Staleness>({0, 1, 4, 8, kUnboundedStaleness}, random);
  }
  job.epochs = 2 + static_cast<int>(random->Below(2));
  job.validation = !job.counted && random->Below(3) == 0;
  job.shuffle = random->Below(4) > 0;
  job.checkpoints = random->Below(3) > 0;
  if (job.checkpoints) {
    job.checkpoint_seconds = OneOf({0.0, 0.3, 1.0}, random);
  }
  return job;
}

bool LosesServer(const Fault& fault, absl::Duration lease) {
  switch (fault.kind) {
    case Fault::Kind::kKillServer:
    case Fault::Kind::kPowerServer:
    case Fault::Kind::kKillInWrite:
      return true;
    case Fault::Kind::kPauseServer:
    case Fault::Kind::kCutServer:
      return fault.lasts > lease / 4;
    default:
      return false;
  }
}

Fault DrawFault(const Scenario& scenario, SplitMix64* random) {
  using Kind = Fault::Kind;
  Fault fault;
  fault.kind =
      OneOf({Kind::kKillWorker, Kind::kKillWorker, Kind::kDrainWorker,
             Kind::kPauseWorker, Kind::kAddWorker, Kind::kAddServer,
             Kind::kDrainServer, Kind::kKillServer, Kind::kPowerServer,
             Kind::kKillInWrite, Kind::kPauseServer, Kind::kKillCoordinator,
             Kind::kKillCoordinator, Kind::kPauseCoordinator, Kind::kCutWorker,
             Kind::kCutWorker, Kind::kCutServer, Kind::kFillDisk,
             Kind::kTakeCheckpoint},
            random);
  fault.at = scenario.calm_at * random->Uniform();
  // Many are short, some outlast the lease.
  const absl::Duration longest = OneOf(
      {absl::Milliseconds(200), absl::Seconds(2), 2 * scenario.lease}, random);
  fault.lasts = longest * random->Uniform();
  fault.target = (*random)();
  fault.other =
      fault.kind == Kind::kKillInWrite ? random->Below(600) : (*random)();
  fault.directions = 1 + static_cast<int>(random->Below(3));
  return fault;
}

}  // namespace

std::string Fault::Describe() const {
  static constexpr const char* kNames[] = {
      "kill worker",      "drain worker",         "pause worker",
      "add worker",       "add server",           "drain server",
      "kill server",      "server's power fails", "kill server in a write",
      "pause server",     "kill coordinator",     "pause coordinator",
      "cut worker",       "cut server",           "disk is full",
      "take a checkpoint"};
  return absl::StrCat(kNames[static_cast<int>(kind)], " (",
                      absl::FormatDuration(lasts), ")");
}

std::string Scenario::Describe() const {
  return absl::StrCat(
      job.Describe(), "; ", servers, " server(s), ", workers,
      " worker(s), lease ", absl::FormatDuration(lease), ", ",
      network.lost * 100, " % lost, ", network.doubled * 100, " % doubled, ",
      network.slow * 100, " % slow, ", network.replayed * 100, " % replayed, ",
      network.kept > 0 ? "late calls after rewinding, " : "", faults.size(),
      " faults in ", absl::FormatDuration(calm_at));
}

Scenario DrawScenario(uint64_t seed) {
  SplitMix64 random(HashMix(seed, 0x5ce7a210));
  Scenario scenario;
  scenario.job = DrawJob(&random);
  scenario.servers = 1 + static_cast<int>(random.Below(3));
  scenario.workers = 1 + static_cast<int>(random.Below(4));
  // Drawn by itself, so that the other seeds stay what they were.
  if (SplitMix64(HashMix(seed, 0x2e911ca5)).Below(3) == 0) {
    scenario.job.replicas = true;
    ++scenario.servers;
  }
  scenario.lease = absl::Seconds(10);
  scenario.step_time = OneOf(
      {absl::Milliseconds(2), absl::Milliseconds(10), absl::Milliseconds(40)},
      &random);
  // One in eight runs without any fault.
  if (random.Below(8) == 0) return scenario;
  scenario.network.lost = OneOf({0.0, 0.01, 0.05}, &random);
  scenario.network.doubled = OneOf({0.0, 0.02, 0.1}, &random);
  scenario.network.slow = OneOf({0.0, 0.01, 0.1}, &random);
  scenario.network.replayed = OneOf({0.0, 0.0, 0.3}, &random);
  scenario.network.max_delay = OneOf({0.1, 0.5, 1.5}, &random) * scenario.lease;
  // With a short lease lost or late reports would be taken for lost nodes.
  if (scenario.network.lost == 0 && random.Below(2) == 0) {
    scenario.lease = absl::Seconds(2);
    scenario.network.max_delay = absl::Milliseconds(500);
  }
  scenario.network.replayed_within =
      OneOf({0.3, 1.0, 2.0}, &random) * scenario.lease;
  scenario.network.kept = OneOf({0.0, 1.0}, &random);
  scenario.calm_at = absl::Seconds(OneOf({3, 10, 40}, &random));
  const size_t faults = random.Below(9);
  int servers_lost = 0;
  for (size_t i = 0; i < faults; ++i) {
    const Fault fault = DrawFault(scenario, &random);
    if (LosesServer(fault, scenario.lease) &&
        ++servers_lost > kMaxServersLost) {
      continue;
    }
    scenario.faults.push_back(fault);
  }
  std::stable_sort(scenario.faults.begin(), scenario.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return scenario;
}

}  // namespace lineup::simulation
