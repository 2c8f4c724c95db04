#include "worker/worker_job.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/job/sample_statistics.h"
#include "worker/node_error.h"

namespace lineup {

WorkerJob::WorkerJob(std::string name, const Options& options,
                     WorkerServices* services)
    : name_(std::move(name)), options_(options), services_(*services) {}

absl::Status WorkerJob::Prepare(const v1::JobSetup& setup) {
  LINEUP_ASSIGN_OR_RETURN(const JobSpec spec, DecodeJobSpec(setup.spec()));
  LINEUP_ASSIGN_OR_RETURN(JobPlan plan, PlanJob(spec));
  if (DataFingerprint(plan) != setup.data_fingerprint()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "this worker sees other data than the coordinator: here the training "
        "data are ",
        plan.train.files().size(), " file(s) of ", plan.train.total_bytes(),
        " bytes, beginning with ", plan.train.files()[0],
        "; all must see the same files, complete and unchanged, on a shared "
        "file system"));
  }
  plan_ = std::make_unique<const JobPlan>(std::move(plan));
  MutexLock lock(&mutex_);
  prepared_ = true;
  return absl::OkStatus();
}

absl::Status WorkerJob::Open(const v1::Routing& routing) {
  LINEUP_ASSIGN_OR_RETURN(std::shared_ptr<ParameterClient> client,
                          services_.Connect(name_, routing, setup_->columns));
  MutexLock lock(&mutex_);
  clients_.push_back(std::move(client));
  routing_epoch_ = routing.epoch();
  return absl::OkStatus();
}

absl::Status WorkerJob::SetUp(const v1::JobSetup& message) {
  LINEUP_ASSIGN_OR_RETURN(const SampleStatistics sample,
                          DecodeSample(message.sample()));
  LINEUP_ASSIGN_OR_RETURN(
      TrainingSetup setup,
      MakeTrainingSetup(*plan_, sample, message.num_examples()));
  setup_.emplace(std::move(setup));
  caches_.emplace(
      *plan_,
      ExampleCache::Options{options_.cache_memory_bytes, options_.cache_dir},
      [this](const Dataset& data, TrainingPart which, size_t split) {
        return Load(which == TrainingPart::kTrain ? v1::DATA_PART_TRAIN
                                                  : v1::DATA_PART_VALIDATION,
                    data, which, split);
      });
  return absl::OkStatus();
}

void WorkerJob::Cancel() {
  std::vector<std::shared_ptr<ParameterClient>> clients;
  {
    MutexLock lock(&mutex_);
    clients = clients_;
  }
  for (const auto& client : clients) client->Cancel();
}

ParameterClient* WorkerJob::client(uint64_t routing_epoch) {
  MutexLock lock(&mutex_);
  return routing_epoch != 0 && routing_epoch == routing_epoch_
             ? clients_.back().get()
             : nullptr;
}

bool WorkerJob::prepared() const {
  MutexLock lock(&mutex_);
  return prepared_;
}

uint64_t WorkerJob::routing_epoch() const {
  MutexLock lock(&mutex_);
  return routing_epoch_;
}

absl::StatusOr<SplitExamples> WorkerJob::Load(v1::DataPart part,
                                              const Dataset& data,
                                              TrainingPart which,
                                              size_t split) {
  const ExampleTransform transform(*plan_, which, &setup_->normalizer);
  BadRecords bad(plan_->spec.data.max_bad_records);
  SplitExamples examples;
  LINEUP_RETURN_IF_ERROR(MarkReadError(transform.Read(
      data, split,
      [&](Examples block) {
        if (!block.empty()) examples.blocks.push_back(std::move(block));
        return absl::OkStatus();
      },
      &bad)));
  if (bad.count() == 0) return examples;
  v1::SplitReport report;
  report.set_part(part);
  report.set_split(static_cast<uint32_t>(split));
  report.set_bad_records(bad.count());
  for (const std::string& message : bad.messages()) {
    report.add_bad_record_messages(message);
  }
  MutexLock lock(&mutex_);
  bad_splits_.push_back(std::move(report));
  return examples;
}

absl::StatusOr<SplitPtr> WorkerJob::GetSplit(v1::DataPart data,
                                             uint32_t split) {
  if (data == v1::DATA_PART_TRAIN) return caches_->train->Get(split);
  if (data == v1::DATA_PART_VALIDATION && caches_->validation != nullptr) {
    return caches_->validation->Get(split);
  }
  if (data == v1::DATA_PART_TEST && plan_->test.has_value()) {
    // Read once: nothing to keep.
    LINEUP_ASSIGN_OR_RETURN(
        SplitExamples examples,
        Load(data, *plan_->test, TrainingPart::kAll, split));
    return std::make_shared<const SplitExamples>(std::move(examples));
  }
  return absl::InternalError("the job has no such data");
}

std::shared_ptr<const WorkerJob::Kept> WorkerJob::kept() const {
  MutexLock lock(&mutex_);
  return kept_;
}

absl::StatusOr<std::shared_ptr<const WorkerJob::Kept>> WorkerJob::TakeKept(
    const v1::KeptModel& message) {
  const std::vector<Candidate>& candidates = setup_->columns.candidates();
  if (message.candidate() >= candidates.size()) {
    return absl::InternalError("the kept model is no candidate of the job");
  }
  auto kept = std::make_shared<Kept>();
  kept->columns =
      LineupColumns({candidates[message.candidate()]}, plan_->outputs);
  LINEUP_ASSIGN_OR_RETURN(kept->weights,
                          DecodeWeights(message.weights(), plan_->outputs));
  MutexLock lock(&mutex_);
  kept_ = std::move(kept);
  return kept_;
}

std::vector<v1::SplitReport> WorkerJob::BadSplits() const {
  MutexLock lock(&mutex_);
  return bad_splits_;
}

uint32_t WorkerJob::num_features() const {
  return open() ? caches_->train->num_features() : 0;
}

uint64_t WorkerJob::cache_bytes() const {
  return open() ? caches_->train->statistics().memory_bytes : 0;
}

}  // namespace lineup
