#ifndef LINEUP_WORKER_WORKER_TESTING_H_
#define LINEUP_WORKER_WORKER_TESTING_H_

// For tests of what is above a worker's lanes: a coordinator and servers that
// the test plays itself, and a small job.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/job/job_codec.h"
#include "common/job/job_plan_testing.h"
#include "common/job/sample_statistics.h"
#include "proto/node.pb.h"
#include "worker/parameter_client.h"
#include "worker/worker_services.h"

namespace lineup {

// Servers that answer a call when the test says so, with zeros.
class TestServers : public ParameterClient {
 public:
  void Pull(LaneClock, const RowSet&, WeightsOut, Done done) override {
    OnCall(std::move(done));
  }
  void Push(LaneClock, const RowSet&, const LaneGradient&, Done done) override {
    OnCall(std::move(done));
  }
  void PushAndPull(LaneClock, const RowSet&, const LaneGradient&, const RowSet&,
                   WeightsOut, Done done) override {
    OnCall(std::move(done));
  }
  void FinishLane(LaneClock, Done done) override { OnCall(std::move(done)); }
  void NextClock(uint32_t, uint64_t* out, Done done) override {
    *out = 1;
    done(absl::OkStatus());
  }
  void Peek(const RowSet&, std::optional<size_t>, WeightsOut out,
            Done done) override {
    if (out.groups != nullptr) *out.groups = 0;
    done(absl::OkStatus());
  }

  std::vector<Done> waiting;

 protected:
  virtual void OnCall(Done done) { waiting.push_back(std::move(done)); }
};

// A coordinator that knows one job, and one way to its servers.
class TestServices : public WorkerServices {
 public:
  void GetJobSetup(const std::string&, v1::JobSetup* out, Done done) override {
    *out = setup;
    done(absl::OkStatus());
  }
  void GetKeptModel(const std::string&, v1::KeptModel*, Done done) override {
    done(absl::UnimplementedError("no test needs it"));
  }
  absl::StatusOr<std::shared_ptr<ParameterClient>> Connect(
      const std::string&, const v1::Routing&, const LineupColumns&) override {
    return servers;
  }
  void Cancel() override {}

  v1::JobSetup setup;
  std::shared_ptr<TestServers> servers = std::make_shared<TestServers>();
};

// Of 40 examples, four minibatches.
inline v1::JobSetup TestJobSetup(uint32_t num_lanes, Staleness staleness) {
  JobSpec spec =
      SpecOf({NumberedCsv(40)}, {{"predictor_type", "binary_classifier"},
                                 {"learning_rate", "0.1"},
                                 {"wd", "0"},
                                 {"mini_batch_size", "10"}});
  spec.num_lanes = num_lanes;
  spec.staleness = staleness;
  const JobPlan plan = PlanJob(spec).value();
  v1::JobSetup setup;
  *setup.mutable_spec() = EncodeJobSpec(plan.spec);
  setup.set_data_fingerprint(DataFingerprint(plan));
  setup.set_sampled(true);
  *setup.mutable_sample() =
      EncodeSample(ReadSample(plan, PlanSample(plan)[0]).value());
  return setup;
}

// That the worker holds these lanes.
inline v1::NodeOrders TestOrders(uint64_t version,
                                 const std::vector<uint32_t>& lanes) {
  v1::NodeOrders orders;
  orders.set_coordinator_id(7);
  orders.set_version(version);
  orders.set_job("job-1");
  v1::WorkerOrders* worker = orders.mutable_worker();
  worker->mutable_routing()->set_epoch(1);
  worker->mutable_routing()->add_addresses("127.0.0.1:1");
  worker->mutable_routing()->set_slot_owners(std::string(256, '\0'));
  for (const uint32_t lane : lanes) {
    v1::LaneOrder* order = worker->add_lanes();
    order->set_lane(lane);
    order->set_term(lane + 1);
  }
  return orders;
}

// Each lane gets all examples.
inline void GiveSplits(v1::NodeOrders* orders) {
  for (v1::LaneOrder& lane : *orders->mutable_worker()->mutable_lanes()) {
    lane.add_windows()->add_splits(0);
    lane.set_closed(true);
  }
}

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_TESTING_H_
