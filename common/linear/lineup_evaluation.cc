#include "common/linear/lineup_evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/linear/loss_block.h"
#include "glog/logging.h"

namespace lineup {
namespace {

ScoreKind ScoreKindOf(LossType loss) {
  return loss == LossType::kHinge ? ScoreKind::kLinearValue
                                  : ScoreKind::kProbability;
}

}  // namespace

struct LineupEvaluation::Block {
  size_t size;
  const float* labels;
  const float* weights;  // or null
  const float* scores;
};

EvaluationSettings EvaluationSettingsOf(const Hyperparameters& hp) {
  EvaluationSettings settings;
  settings.predictor_type = hp.predictor_type;
  settings.loss = hp.loss;
  settings.goal.criterion = hp.binary_classifier_model_selection_criteria;
  settings.goal.f_beta = hp.f_beta;
  settings.goal.target_precision = hp.target_precision;
  settings.goal.target_recall = hp.target_recall;
  settings.accuracy_top_k = static_cast<uint32_t>(hp.accuracy_top_k);
  settings.num_calibration_samples =
      static_cast<uint64_t>(hp.num_calibration_samples);
  return settings;
}

LineupEvaluation::LineupEvaluation(EvaluationSettings settings,
                                   const LineupColumns& columns)
    : LineupEvaluation(std::move(settings), columns,
                       CandidateGroups::Apart(columns)) {}

LineupEvaluation::LineupEvaluation(EvaluationSettings settings,
                                   const LineupColumns& all_columns,
                                   const CandidateGroups& groups)
    : settings_(std::move(settings)),
      groups_(groups),
      outputs_(all_columns.outputs()),
      diverged_(groups.size()),
      sample_(groups.size(), ScoreKindOf(settings_.loss)),
      rest_(groups.size(), ScoreKindOf(settings_.loss)) {
  const LineupColumns columns = all_columns.Keep(groups.first_of_group());
  width_ = columns.width();
  const size_t candidates = columns.num_candidates();
  for (size_t c = 0; c < candidates; ++c) {
    first_column_.push_back(columns.first_column(c));
    parameters_.push_back(LossParametersOf(columns.candidates()[c]));
  }
  switch (settings_.predictor_type) {
    case PredictorType::kBinaryClassifier:
      losses_.resize(candidates);
      break;
    case PredictorType::kMulticlassClassifier:
      multiclass_.resize(
          candidates,
          MulticlassMetrics(static_cast<uint32_t>(outputs_),
                            settings_.accuracy_top_k, settings_.goal.f_beta));
      break;
    case PredictorType::kRegressor:
      regression_.resize(candidates);
      break;
  }
}

uint64_t LineupEvaluation::max_sample() const {
  return settings_.num_calibration_samples > settings_.exact_examples
             ? std::numeric_limits<uint64_t>::max()
             : settings_.num_calibration_samples;
}

void LineupEvaluation::Add(size_t n, const float* labels, const float* weights,
                           const float* scores) {
  for (size_t begin = 0; begin < n;) {
    Block block;
    block.size = std::min(n - begin, kBlockExamples);
    block.labels = labels + begin;
    block.weights = weights == nullptr ? nullptr : weights + begin;
    block.scores = scores + begin * width_;
    switch (settings_.predictor_type) {
      case PredictorType::kBinaryClassifier:
        if (sample_.size() < max_sample()) {
          block.size =
              std::min<uint64_t>(block.size, max_sample() - sample_.size());
        }
        AddBinary(block);
        break;
      case PredictorType::kMulticlassClassifier:
        AddMulticlass(block);
        break;
      case PredictorType::kRegressor:
        AddRegression(block);
        break;
    }
    begin += block.size;
    num_examples_ += block.size;
  }
  BoundMemory();
}

void LineupEvaluation::ReadColumn(const Block& block, size_t candidate,
                                  float* column) {
  const float* const scores = block.scores + first_column_[candidate];
  for (size_t i = 0; i < block.size; ++i) column[i] = scores[i * width_];
  if (AllFinite(block.size, column)) return;
  diverged_[candidate] = 1;
  std::fill(column, column + block.size, 0.0f);
}

void LineupEvaluation::AddBinary(const Block& block) {
  const size_t n = block.size;
  const BlockArray labels = BlockOf(n, block.labels);
  const BlockArray weights = BlockOfWeights(n, block.weights);
  const double weight_sum = weights.sum();
  uint8_t bits[kBlockExamples];
  std::transform(block.labels, block.labels + n, bits,
                 [](float label) { return label > 0; });
  std::vector<float> scores(losses_.size() * kBlockExamples);
  for (size_t c = 0; c < losses_.size(); ++c) {
    float* const column = &scores[c * kBlockExamples];
    ReadColumn(block, c, column);
    const BlockArray values = BlockOf(n, column);
    const LossParameters& parameters = parameters_[c];
    const BlockArray losses =
        settings_.loss == LossType::kLogistic
            ? LogisticLosses(values, labels,
                             parameters.positive_example_weight_mult, column)
            : ScalarLosses(settings_.loss, parameters, values, labels);
    losses_[c].AddSums((losses * weights).sum(), weight_sum);
  }
  LineupScores& set = sample_.size() < max_sample() ? sample_ : rest_;
  set.Add(n, bits, block.weights, scores.data(), kBlockExamples);
}

void LineupEvaluation::AddRegression(const Block& block) {
  const size_t n = block.size;
  const BlockArray labels = BlockOf(n, block.labels) * settings_.label_scale;
  const BlockArray weights = BlockOfWeights(n, block.weights);
  const double weight_sum = weights.sum();
  float column[kBlockExamples];
  for (size_t c = 0; c < regression_.size(); ++c) {
    ReadColumn(block, c, column);
    const BlockArray values = BlockOf(n, column) * settings_.label_scale;
    const BlockArray losses =
        ScalarLosses(settings_.loss, parameters_[c], values, labels);
    const BlockArray errors = values - labels;
    regression_[c].AddSums((losses * weights).sum(),
                           (errors.square() * weights).sum(),
                           (errors.abs() * weights).sum(), weight_sum);
  }
}

void LineupEvaluation::AddMulticlass(const Block& block) {
  const double weight_sum = BlockOfWeights(block.size, block.weights).sum();
  std::vector<double> values(outputs_);
  for (size_t c = 0; c < multiclass_.size(); ++c) {
    MulticlassMetrics::Sums sums{};
    for (size_t i = 0; i < block.size; ++i) {
      const float* const scores = block.scores + i * width_ + first_column_[c];
      if (!AllFinite(outputs_, scores)) {
        diverged_[c] = 1;
        break;
      }
      std::copy(scores, scores + outputs_, values.begin());
      const uint32_t label = static_cast<uint32_t>(block.labels[i]);
      multiclass_[c].Count(values, label,
                           ExampleLoss(settings_.loss, parameters_[c],
                                       settings_.class_weights, values, label),
                           block.weights == nullptr ? 1 : block.weights[i],
                           &sums);
    }
    multiclass_[c].AddSums(sums, weight_sum);
  }
}

void LineupEvaluation::BoundMemory() {
  if (sample_.size() + rest_.size() <= settings_.exact_examples) return;
  if (max_sample() > settings_.exact_examples) {
    sample_.FoldIntoBins();
  } else {
    rest_.FoldIntoBins();
  }
}

void LineupEvaluation::Merge(const LineupEvaluation& other) {
  CHECK_EQ(diverged_.size(), other.diverged_.size());
  CHECK_EQ(multiclass_.size(), other.multiclass_.size());
  CHECK_EQ(regression_.size(), other.regression_.size());
  num_examples_ += other.num_examples_;
  for (size_t c = 0; c < diverged_.size(); ++c) {
    diverged_[c] |= other.diverged_[c];
    if (is_binary()) losses_[c].Merge(other.losses_[c]);
  }
  for (size_t c = 0; c < multiclass_.size(); ++c) {
    multiclass_[c].Merge(other.multiclass_[c]);
  }
  for (size_t c = 0; c < regression_.size(); ++c) {
    regression_[c].Merge(other.regression_[c]);
  }
  const uint64_t sampled =
      std::min(other.sample_.size(), max_sample() - sample_.size());
  sample_.Append(other.sample_, 0, sampled);
  rest_.Append(other.sample_, sampled, other.sample_.size() - sampled);
  rest_.Append(other.rest_, 0, other.rest_.size());
  BoundMemory();
}

LineupResults LineupEvaluation::Finish() const {
  return Finish([](size_t n, absl::FunctionRef<void(size_t)> body) {
    for (size_t i = 0; i < n; ++i) body(i);
  });
}

LineupResults LineupEvaluation::Finish(
    absl::FunctionRef<void(size_t n, absl::FunctionRef<void(size_t)> body)>
        parallel_for) const {
  LineupResults results;
  results.num_examples = num_examples_;
  results.num_calibration_examples = sample_.size();
  results.exact_thresholds = !sample_.binned() && !rest_.binned();
  const size_t candidates = diverged_.size();
  std::vector<CandidateEvaluation> evaluations(candidates);
  // A few share the memory that a distribution needs.
  constexpr size_t kTogether = 4;
  parallel_for((candidates + kTogether - 1) / kTogether, [&](size_t group) {
    ScoreDistribution distribution;
    const size_t begin = group * kTogether;
    const size_t end = std::min(candidates, begin + kTogether);
    for (size_t c = begin; c < end; ++c) {
      evaluations[c] = FinishCandidate(c, &distribution);
    }
  });
  results.candidates = groups_.ByCandidate(evaluations);
  return results;
}

CandidateEvaluation LineupEvaluation::FinishCandidate(
    size_t candidate, ScoreDistribution* distribution) const {
  CandidateEvaluation result;
  switch (settings_.predictor_type) {
    case PredictorType::kBinaryClassifier:
      FinishBinary(candidate, distribution, &result);
      break;
    case PredictorType::kMulticlassClassifier:
      result.metrics = multiclass_[candidate].Values();
      break;
    case PredictorType::kRegressor:
      result.metrics = regression_[candidate].Values();
      break;
  }
  if (diverged_[candidate] != 0 || num_examples_ == 0) {
    CandidateEvaluation unknown;
    unknown.metrics = result.metrics;
    for (auto& [name, value] : unknown.metrics) {
      value = std::numeric_limits<double>::quiet_NaN();
    }
    return unknown;
  }
  result.objective_loss = MetricValue(result.metrics, "objective_loss");
  if (!is_binary() ||
      settings_.goal.criterion == SelectionCriterion::kLossFunction) {
    result.criterion = result.objective_loss;
  }
  return result;
}

void LineupEvaluation::FinishBinary(size_t candidate,
                                    ScoreDistribution* distribution,
                                    CandidateEvaluation* result) const {
  // If one set is binned, so is the other: a threshold must divide both.
  distribution->Assign({&sample_}, candidate, rest_.binned());
  RocArea area;
  ThresholdCalibrator calibrator(settings_.goal, sample_.kind(),
                                 distribution->positives(),
                                 distribution->negatives());
  for (const ScoreGroup& group : distribution->groups()) {
    calibrator.Add(group.low, group.high, group.positives, group.negatives);
    // Highest first, so with the classes' parts exchanged.
    area.Add(group.negatives, group.positives);
  }
  const Calibration calibration = calibrator.Finish();
  result->threshold = calibration.threshold;
  result->target_met = calibration.target_met;
  result->criterion = calibration.criterion;
  result->metrics =
      rest_.size() > 0
          ? BinaryMetricsAt(candidate, calibration.threshold, distribution)
          : BinaryMetricValues(calibration.confusion, settings_.goal.f_beta,
                               losses_[candidate].Value(), area.Value());
}

MetricValues LineupEvaluation::BinaryMetricsAt(
    size_t candidate, double threshold, ScoreDistribution* distribution) const {
  const std::vector<const LineupScores*> sets = {&sample_, &rest_};
  distribution->Assign(sets, candidate, false);
  RocArea area;
  for (const ScoreGroup& group : distribution->groups()) {
    area.Add(group.negatives, group.positives);
  }
  ConfusionMatrix confusion;
  for (const LineupScores* set : sets) {
    confusion.Merge(set->ConfusionAt(candidate, threshold));
  }
  return BinaryMetricValues(confusion, settings_.goal.f_beta,
                            losses_[candidate].Value(), area.Value());
}

MetricValues LineupEvaluation::MetricsAt(size_t position,
                                         double threshold) const {
  const size_t candidate = groups_.group_of(position);
  ScoreDistribution distribution;
  if (!is_binary() || diverged_[candidate] != 0 || num_examples_ == 0) {
    return FinishCandidate(candidate, &distribution).metrics;
  }
  return BinaryMetricsAt(candidate, threshold, &distribution);
}

}  // namespace lineup
