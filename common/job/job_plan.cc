#include "common/job/job_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/checksum.h"
#include "common/base/status_macros.h"
#include "common/linear/candidate_lineup.h"
#include "common/model/model_directory.h"

namespace lineup {
namespace {

// Lanes take whole splits: with so many each their shares come out about even,
// also of small data.
constexpr uint64_t kSplitsPerLane = 4;

// Lanes of a job that leaves their number open: enough for eight workers, if
// each lane then has so many minibatches in an epoch. With fewer, gradients
// that are some updates old (or updates that see a minibatch of each lane) are
// a large part of an epoch, and models suffer; and so little data does not need
// many workers.
constexpr double kMaxAutoLanes = 8;
constexpr double kMinibatchesPerAutoLane = 16;

uint32_t AutoLanes(const JobSpec& spec, const Dataset& train) {
  const double examples =
      train.estimated_examples() * (1 - spec.validation_fraction);
  const double minibatches = examples / spec.hyperparameters.mini_batch_size;
  return static_cast<uint32_t>(
      std::clamp(minibatches / kMinibatchesPerAutoLane, 1.0, kMaxAutoLanes));
}

LabelDomain LabelsOf(const Hyperparameters& hp) {
  switch (hp.predictor_type) {
    case PredictorType::kBinaryClassifier:
      return {LabelDomain::kBinary, 0};
    case PredictorType::kMulticlassClassifier:
      return {LabelDomain::kClasses, static_cast<uint32_t>(hp.num_classes)};
    case PredictorType::kRegressor:
      break;
  }
  return {};
}

// An error about one of the data flags, with its name in front.
absl::Status At(const char* flag, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(flag, ": ", status.message()));
}

absl::Status CheckSpec(const JobSpec& spec) {
  if (spec.train.empty()) {
    return absl::InvalidArgumentError(
        "no training data: name files, directories or globs with --train");
  }
  // So that a NaN is refused, too.
  if (!(spec.validation_fraction >= 0 && spec.validation_fraction < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--validation-fraction: found ", spec.validation_fraction,
                     ", expected a number from 0 to below 1"));
  }
  if (spec.validation_fraction > 0 && !spec.validation.empty()) {
    return absl::InvalidArgumentError(
        "--validation and --validation-fraction exclude each other: the "
        "fraction is taken from the training data; leave one of them out");
  }
  if (spec.num_lanes > kMaxLanes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--lanes: found ", spec.num_lanes, ", expected at most ", kMaxLanes));
  }
  return absl::OkStatus();
}

absl::Status CheckWarmStart(const ModelFile& file, const Schema& schema,
                            const JobSpec& spec) {
  const Hyperparameters& hp = spec.hyperparameters;
  const LinearModel& model = file.model;
  if (model.predictor_type != hp.predictor_type) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--warm-start: ", spec.warm_start, " is a ", Name(model.predictor_type),
        ", but predictor_type is ", Name(hp.predictor_type),
        "; continue from a model of the same type"));
  }
  if (hp.predictor_type == PredictorType::kMulticlassClassifier &&
      model.num_classes != hp.num_classes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--warm-start: ", spec.warm_start, " has ", model.num_classes,
        " classes, but num_classes is ", hp.num_classes,
        "; continue from a model of the same classes"));
  }
  if (schema.num_features != 0 && !schema.sparse &&
      model.num_features != schema.num_features) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--warm-start: ", spec.warm_start, " has ", model.num_features,
        " features, but the training data has ", schema.num_features,
        "; continue from a model of the same features"));
  }
  return absl::OkStatus();
}

absl::Status OpenMore(const char* flag, const Schema& schema,
                      const std::vector<std::string>& paths,
                      const DataOptions& options,
                      std::optional<Dataset>* dataset) {
  if (paths.empty()) return absl::OkStatus();
  absl::StatusOr<Dataset> opened = Dataset::OpenLike(schema, paths, options);
  if (!opened.ok()) return At(flag, opened.status());
  dataset->emplace(*std::move(opened));
  return absl::OkStatus();
}

void AddNotes(JobPlan* plan) {
  const Hyperparameters& hp = plan->hyperparameters();
  if (!plan->has_validation()) {
    plan->notes.push_back(
        "There is no validation data: thresholds are calibrated and the best "
        "candidate is chosen on the training data itself, so the model may "
        "fit it better than new data. Give --validation or "
        "--validation-fraction.");
  }
  if (plan->sparse() && hp.unbias_data.value_or(false)) {
    plan->notes.push_back(
        "unbias_data has no effect on sparse data, which is scaled but not "
        "shifted so that it stays sparse.");
  }
}

}  // namespace

absl::StatusOr<JobPlan> PlanJob(const JobSpec& spec) {
  LINEUP_RETURN_IF_ERROR(CheckSpec(spec));
  const Hyperparameters& hp = spec.hyperparameters;
  DataOptions options = spec.data;
  options.label_domain = LabelsOf(hp);
  options.labelled = true;
  options.min_splits =
      std::max(options.min_splits, kSplitsPerLane * spec.num_lanes);
  if (hp.feature_dim.has_value()) options.feature_dim = *hp.feature_dim;
  LINEUP_ASSIGN_OR_RETURN(std::vector<Candidate> candidates, MakeLineup(hp));
  absl::StatusOr<Dataset> train = Dataset::Open(spec.train, options);
  if (!train.ok()) return At("--train", train.status());
  JobPlan plan{spec, *std::move(train)};
  if (spec.num_lanes == kAutoLanes) {
    plan.spec.num_lanes = AutoLanes(spec, plan.train);
  }
  const Schema& schema = plan.train.schema();
  LINEUP_RETURN_IF_ERROR(OpenMore("--validation", schema, spec.validation,
                                  options, &plan.validation));
  LINEUP_RETURN_IF_ERROR(
      OpenMore("--test", schema, spec.test, options, &plan.test));
  if (!spec.warm_start.empty()) {
    absl::StatusOr<ModelFile> file = ReadModel(spec.warm_start);
    if (!file.ok()) return At("--warm-start", file.status());
    LINEUP_RETURN_IF_ERROR(CheckWarmStart(*file, schema, spec));
    plan.warm_start.emplace(*std::move(file));
  }
  plan.candidates = std::move(candidates);
  plan.outputs = hp.predictor_type == PredictorType::kMulticlassClassifier
                     ? static_cast<size_t>(hp.num_classes)
                     : 1;
  AddNotes(&plan);
  return plan;
}

uint64_t DataFingerprint(const JobPlan& plan) {
  std::string text;
  const auto add = [&text](const Dataset& data) {
    const Schema& schema = data.schema();
    absl::StrAppend(&text, schema.sparse, " ", schema.num_features, " ",
                    schema.label_column, " ", schema.weight_column, " ",
                    absl::StrJoin(schema.feature_names, ","), "\n");
    for (const std::string& file : data.files()) {
      absl::StrAppend(&text, file, "\n");
    }
    for (const Split& split : data.splits()) {
      absl::StrAppend(&text, split.file, " ", split.begin, " ", split.end,
                      "\n");
    }
  };
  add(plan.train);
  if (plan.validation.has_value()) add(*plan.validation);
  if (plan.test.has_value()) add(*plan.test);
  return Checksum(text);
}

}  // namespace lineup
