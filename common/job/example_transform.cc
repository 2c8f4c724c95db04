#include "common/job/example_transform.h"

#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/job/hold_out.h"

namespace lineup {
namespace {

// Keeps the examples for which `keep` is true, in their order.
void Filter(const std::vector<bool>& keep, Examples* examples) {
  Examples kept;
  kept.sparse = examples->sparse;
  kept.num_features = examples->num_features;
  if (kept.sparse) kept.row_starts.push_back(0);
  const size_t width = examples->num_features;
  for (size_t i = 0; i < keep.size(); ++i) {
    if (!keep[i]) continue;
    kept.labels.push_back(examples->labels[i]);
    if (!examples->weights.empty()) {
      kept.weights.push_back(examples->weights[i]);
    }
    size_t begin = i * width;
    size_t end = begin + width;
    if (examples->sparse) {
      begin = examples->row_starts[i];
      end = examples->row_starts[i + 1];
      kept.feature_ids.insert(kept.feature_ids.end(),
                              examples->feature_ids.begin() + begin,
                              examples->feature_ids.begin() + end);
      kept.row_starts.push_back(kept.feature_ids.size());
    }
    kept.values.insert(kept.values.end(), examples->values.begin() + begin,
                       examples->values.begin() + end);
  }
  *examples = std::move(kept);
}

}  // namespace

size_t NumClasses(const Hyperparameters& hp) {
  switch (hp.predictor_type) {
    case PredictorType::kBinaryClassifier:
      return 2;
    case PredictorType::kMulticlassClassifier:
      return static_cast<size_t>(hp.num_classes);
    case PredictorType::kRegressor:
      break;
  }
  return 0;
}

ExampleTransform::ExampleTransform(const JobPlan& plan, TrainingPart part,
                                   const Normalizer* normalizer)
    : predictor_type_(plan.hyperparameters().predictor_type),
      part_(plan.spec.validation_fraction > 0 ? part : TrainingPart::kAll),
      validation_fraction_(plan.spec.validation_fraction),
      seed_(plan.hyperparameters().seed),
      normalizer_(normalizer) {}

absl::Status ExampleTransform::Apply(size_t split, uint64_t first_record,
                                     Examples* examples) const {
  if (part_ != TrainingPart::kAll) {
    std::vector<bool> keep(examples->size());
    for (size_t i = 0; i < keep.size(); ++i) {
      keep[i] =
          IsHeldOut(seed_, split, first_record + i, validation_fraction_) ==
          (part_ == TrainingPart::kHeldOut);
    }
    Filter(keep, examples);
  }
  if (predictor_type_ == PredictorType::kBinaryClassifier) {
    for (float& label : examples->labels) label = label > 0 ? 1.0f : 0.0f;
  }
  if (normalizer_ != nullptr) normalizer_->Apply(examples);
  return absl::OkStatus();
}

absl::Status ExampleTransform::Read(const Dataset& data, size_t split,
                                    const Dataset::Sink& sink, BadRecords* bad,
                                    size_t max_block_examples) const {
  uint64_t first_record = 0;
  return data.ReadSplit(
      split,
      [&](Examples block) -> absl::Status {
        const size_t records = block.size();
        LINEUP_RETURN_IF_ERROR(Apply(split, first_record, &block));
        first_record += records;
        return sink(std::move(block));
      },
      bad, max_block_examples);
}

}  // namespace lineup
