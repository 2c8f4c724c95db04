#include "common/job/training_setup.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/job/example_transform.h"

namespace lineup {
namespace {

// The Linear Learner's weight for a class that the sample does not have.
constexpr float kUnseenClassWeight = 1e6f;

Normalizer MakeNormalizer(const JobPlan& plan, const SampleStatistics& sample) {
  const Hyperparameters& hp = plan.hyperparameters();
  NormalizerOptions options;
  options.shift_features = hp.unbias_data.value_or(hp.use_bias);
  options.scale_features = hp.normalize_data;
  options.shift_label = hp.unbias_label;
  options.scale_label = hp.normalize_label;
  options.num_features = plan.train.schema().num_features;
  return Normalizer(sample.moments, plan.sparse(), options);
}

std::vector<float> ClassWeights(const SampleStatistics& sample) {
  std::vector<float> weights;
  for (const double count : sample.class_counts) {
    weights.push_back(count > 0 ? static_cast<float>(sample.examples / count)
                                : kUnseenClassWeight);
  }
  return weights;
}

// Updates of the whole job: every one sees a minibatch of each lane, or, when
// lanes are not synchronised, of one.
int64_t TotalUpdates(const JobPlan& plan, uint64_t num_examples) {
  const Hyperparameters& hp = plan.hyperparameters();
  const uint64_t examples_per_update =
      hp.mini_batch_size *
      (plan.spec.staleness == 0 ? plan.spec.num_lanes : uint64_t{1});
  const uint64_t partial = plan.spec.drop_last ? 0 : examples_per_update - 1;
  const uint64_t per_epoch = (num_examples + partial) / examples_per_update;
  return static_cast<int64_t>(hp.epochs * per_epoch);
}

}  // namespace

bool NeedsExampleCount(const JobPlan& plan) {
  return std::any_of(plan.candidates.begin(), plan.candidates.end(),
                     [](const Candidate& c) {
                       return c.schedule.type == ScheduleType::kCosine;
                     });
}

absl::StatusOr<TrainingSetup> MakeTrainingSetup(const JobPlan& plan,
                                                const SampleStatistics& sample,
                                                uint64_t num_examples) {
  if (sample.examples == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--train: there is no example to train on in ",
        plan.train.files().empty() ? "" : plan.train.files().front(),
        plan.train.files().size() > 1 ? " and the other files" : "",
        "; give data with at least one record"));
  }
  TrainingSetup setup;
  setup.normalizer = MakeNormalizer(plan, sample);
  if (plan.hyperparameters().balance_multiclass_weights) {
    setup.class_weights = ClassWeights(sample);
  }
  std::vector<Candidate> candidates = plan.candidates;
  for (Candidate& candidate : candidates) {
    candidate.schedule.total_updates = TotalUpdates(plan, num_examples);
    if (!candidate.balance_positive_examples) continue;
    const double negatives = sample.class_counts[0];
    const double positives = sample.class_counts[1];
    if (negatives == 0 || positives == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "positive_example_weight_mult: \"balanced\" needs examples of both "
          "classes, but the ",
          sample.examples, " sampled examples are all of class ",
          positives == 0 ? 0 : 1,
          "; give a number, or shuffle the training data"));
    }
    candidate.positive_example_weight_mult = negatives / positives;
  }
  setup.columns = LineupColumns(std::move(candidates), plan.outputs);
  setup.groupings = CandidateGroupings(setup.columns);
  return setup;
}

}  // namespace lineup
