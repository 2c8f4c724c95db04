#include "embedded/local_job.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/job/job_evaluation.h"
#include "common/job/sample_statistics.h"
#include "common/linear/candidate_weights.h"
#include "embedded/local_epoch.h"
#include "glog/logging.h"
#include "worker/evaluate_split.h"

namespace lineup {
LocalJob::LocalJob(const JobPlan* plan, const LocalJobOptions& options,
                   JobObserver* observer)
    : plan_(*plan),
      options_(options),
      observer_(observer),
      pool_(options.threads),
      machine_(plan),
      bad_records_(plan->spec.data.max_bad_records) {
  for (const Split& split : plan->train.splits()) {
    train_bytes_ += split.estimated_bytes;
  }
}

absl::Status LocalJob::Run(const std::atomic<bool>& stop,
                           JobMachine::Step end) {
  while (machine_.step() != end && machine_.step() != JobMachine::Step::kDone) {
    const JobMachine::Step step = machine_.step();
    const int64_t epoch = machine_.epoch();
    if (observer_ != nullptr) observer_->StepBegins(machine_);
    LINEUP_RETURN_IF_ERROR(DoStep(stop));
    const bool ended = machine_.step() != step || machine_.epoch() != epoch;
    if (ended && observer_ != nullptr) {
      observer_->StepEnded(machine_, step, epoch);
    }
    if (stop.load()) LINEUP_RETURN_IF_ERROR(Stop());
  }
  return absl::OkStatus();
}

absl::Status LocalJob::Stop() {
  if (shard_->max_clock() == 0) {
    return absl::FailedPreconditionError(
        "stopped before the first minibatch was learnt from: there is no model "
        "yet");
  }
  return machine_.Stop();
}

absl::Status LocalJob::DoStep(const std::atomic<bool>& stop) {
  switch (machine_.step()) {
    case JobMachine::Step::kSample:
      return Sample();
    case JobMachine::Step::kTrain:
      return Train(stop);
    case JobMachine::Step::kEvaluate:
      return Evaluate();
    case JobMachine::Step::kKeep:
      return Keep();
    case JobMachine::Step::kMeasure:
      return Measure();
    case JobMachine::Step::kDone:
      break;
  }
  return absl::OkStatus();
}

absl::Status LocalJob::Sample() {
  const std::vector<SampleTask> tasks = PlanSample(plan_);
  std::vector<absl::StatusOr<SampleStatistics>> parts(tasks.size());
  pool_.ParallelFor(tasks.size(),
                    [&](size_t i) { parts[i] = ReadSample(plan_, tasks[i]); });
  SampleStatistics sample;
  for (const absl::StatusOr<SampleStatistics>& part : parts) {
    LINEUP_RETURN_IF_ERROR(part.status());
    sample.Merge(*part);
  }
  uint64_t num_examples = 0;
  if (NeedsExampleCount(plan_)) {
    std::vector<absl::StatusOr<uint64_t>> counts(plan_.train.splits().size());
    pool_.ParallelFor(counts.size(), [&](size_t split) {
      counts[split] = CountExamples(plan_, split);
    });
    for (const absl::StatusOr<uint64_t>& count : counts) {
      LINEUP_RETURN_IF_ERROR(count.status());
      num_examples += *count;
    }
  }
  LINEUP_RETURN_IF_ERROR(machine_.Sampled(std::move(sample), num_examples));
  SetUp();
  return StartFromModel();
}

void LocalJob::SetUp() {
  caches_.emplace(
      plan_,
      ExampleCache::Options{options_.cache_memory_bytes, options_.cache_dir},
      [this](const Dataset& data, TrainingPart part, size_t split) {
        return Load(data, split, part);
      });
  ShardOptions options;
  options.seed = plan_.hyperparameters().seed;
  options.num_lanes = plan_.spec.num_lanes;
  options.staleness = plan_.spec.staleness;
  options.commit_on_push = true;
  shard_ = std::make_unique<Shard>(machine_.setup().columns, options, &pool_);
  client_ = std::make_unique<LocalParameterClient>(shard_.get());
}

absl::Status LocalJob::StartFromModel() {
  if (!plan_.warm_start.has_value()) return absl::OkStatus();
  const LinearModel& model = plan_.warm_start->model;
  CandidateWeights start{model.num_features, model.weights, model.bias};
  machine_.setup().normalizer.Normalize(plan_.outputs, &start.weights,
                                        &start.bias);
  const LineupColumns& columns = machine_.setup().columns;
  std::vector<float> row(columns.width());
  for (uint32_t r = 0; r <= start.num_features; ++r) {
    const float* from = r == kBiasRow ? start.bias.data()
                                      : &start.weights[(r - 1) * plan_.outputs];
    for (size_t c = 0; c < columns.num_candidates(); ++c) {
      std::copy(from, from + plan_.outputs,
                row.begin() + columns.first_column(c));
    }
    CHECK(shard_->SetWeights(r, row.data()));
  }
  return absl::OkStatus();
}

absl::StatusOr<SplitExamples> LocalJob::Load(const Dataset& dataset,
                                             size_t split, TrainingPart part) {
  const ExampleTransform transform(plan_, part, &machine_.setup().normalizer);
  SplitExamples examples;
  LINEUP_RETURN_IF_ERROR(transform.Read(
      dataset, split,
      [&](Examples block) {
        if (!block.empty()) examples.blocks.push_back(std::move(block));
        return absl::OkStatus();
      },
      &bad_records_));
  if (part == TrainingPart::kTrain) {
    examples_read_ += examples.size();
    bytes_read_ += dataset.splits()[split].estimated_bytes;
  }
  return examples;
}

absl::Status LocalJob::Train(const std::atomic<bool>& stop) {
  LINEUP_RETURN_IF_ERROR(
      shard_->BeginEpoch(machine_.epoch(), shard_->max_clock()));
  LocalEpoch epoch(plan_, machine_.setup(), machine_.epoch(),
                   shard_->max_clock(), caches_->train.get(), client_.get(),
                   &pool_);
  while (!epoch.finished()) {
    if (stop.load()) return absl::OkStatus();
    LINEUP_RETURN_IF_ERROR(epoch.Advance());
    if (observer_ != nullptr) {
      observer_->Progress(machine_,
                          {epoch.examples_done(), EstimatedExamples()});
    }
  }
  return machine_.Trained(shard_->epoch_loss());
}

uint64_t LocalJob::EstimatedExamples() const {
  if (machine_.examples_per_epoch() > 0) return machine_.examples_per_epoch();
  const uint64_t bytes_read = bytes_read_;
  if (bytes_read == 0) return 0;
  return static_cast<uint64_t>(static_cast<double>(examples_read_) *
                               train_bytes_ / bytes_read);
}

absl::StatusOr<LineupEvaluation> LocalJob::EvaluateAll(
    const LineupEvaluation& none, size_t num_splits, GetSplit get,
    EvaluateOne evaluate) {
  LineupEvaluation total = none;
  // Some splits at a time, merged in order: the same result however many
  // threads there are.
  const size_t at_a_time = pool_.threads();
  for (size_t begin = 0; begin < num_splits; begin += at_a_time) {
    const size_t n = std::min(at_a_time, num_splits - begin);
    std::vector<LineupEvaluation> parts(n, none);
    std::vector<absl::Status> statuses(n);
    pool_.ParallelFor(n, [&](size_t i) {
      const absl::StatusOr<SplitPtr> split = get(begin + i);
      statuses[i] = split.ok() ? evaluate(**split, &parts[i]) : split.status();
    });
    for (size_t i = 0; i < n; ++i) {
      LINEUP_RETURN_IF_ERROR(statuses[i]);
      total.Merge(parts[i]);
    }
  }
  return total;
}

absl::Status LocalJob::Evaluate() {
  ExampleCache& cache =
      caches_->validation != nullptr ? *caches_->validation : *caches_->train;
  // Candidates that are the same so far are evaluated once.
  const LineupEvaluation none(LineupSettings(plan_, machine_.setup()),
                              machine_.setup().columns,
                              shard_->store().groups());
  LINEUP_ASSIGN_OR_RETURN(
      const LineupEvaluation evaluation,
      EvaluateAll(
          none, cache.num_splits(),
          [&](size_t split) { return cache.Get(split); },
          [&](const SplitExamples& split, LineupEvaluation* part) {
            return EvaluateSplit(
                split,
                [&](const RowSet& rows, std::optional<size_t>, float* out) {
                  uint32_t groups;
                  shard_->Peek(rows, std::nullopt, WeightsOut(out, &groups));
                  return absl::OkStatus();
                },
                part);
          }));
  return machine_.Evaluated(
      evaluation.Finish([&](size_t n, absl::FunctionRef<void(size_t)> body) {
        pool_.ParallelFor(n, body);
      }));
}

uint32_t LocalJob::NumFeatures() const {
  uint32_t features = std::max(plan_.train.schema().num_features,
                               caches_->train->num_features());
  if (plan_.warm_start.has_value()) {
    features = std::max(features, plan_.warm_start->model.num_features);
  }
  return features;
}

absl::Status LocalJob::Keep() {
  LINEUP_ASSIGN_OR_RETURN(
      CandidateWeights weights,
      CopyCandidate(
          machine_.setup().columns, machine_.best_candidate(), NumFeatures(),
          [&](const RowSet& rows, std::optional<size_t> candidate, float* out) {
            shard_->Peek(rows, candidate, out);
            return absl::OkStatus();
          }));
  machine_.Kept(std::move(weights));
  return absl::OkStatus();
}

absl::StatusOr<MetricValues> LocalJob::MeasureKept(size_t num_splits,
                                                   GetSplit get) {
  const LineupColumns columns = machine_.KeptColumns();
  LINEUP_ASSIGN_OR_RETURN(
      const LineupEvaluation evaluation,
      EvaluateAll({KeptSettings(plan_, machine_.setup()), columns}, num_splits,
                  get, [&](const SplitExamples& split, LineupEvaluation* part) {
                    return EvaluateCandidate(split, columns, machine_.kept(),
                                             part);
                  }));
  return evaluation.MetricsAt(0, machine_.kept_threshold());
}

absl::Status LocalJob::Measure() {
  FinalMetrics metrics;
  LINEUP_ASSIGN_OR_RETURN(
      metrics.train,
      MeasureKept(caches_->train->num_splits(),
                  [&](size_t split) { return caches_->train->Get(split); }));
  if (caches_->validation != nullptr) {
    LINEUP_ASSIGN_OR_RETURN(
        metrics.validation,
        MeasureKept(caches_->validation->num_splits(), [&](size_t split) {
          return caches_->validation->Get(split);
        }));
  }
  if (plan_.test.has_value()) {
    // Read once: nothing to keep.
    LINEUP_ASSIGN_OR_RETURN(
        metrics.test,
        MeasureKept(plan_.test->splits().size(),
                    [&](size_t split) -> absl::StatusOr<SplitPtr> {
                      LINEUP_ASSIGN_OR_RETURN(
                          SplitExamples examples,
                          Load(*plan_.test, split, TrainingPart::kAll));
                      return std::make_shared<const SplitExamples>(
                          std::move(examples));
                    }));
  }
  machine_.Measured(std::move(metrics));
  return absl::OkStatus();
}

ExampleCache::Statistics LocalJob::cache_statistics() const {
  return caches_.has_value() ? caches_->train->statistics()
                             : ExampleCache::Statistics();
}

}  // namespace lineup
