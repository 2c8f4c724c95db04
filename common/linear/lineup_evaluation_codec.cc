// LineupEvaluation as bytes: proto/evaluation.proto. What comes in is from
// another process and checked in full, so that nothing later depends on the
// sender's good will.

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/linear/lineup_evaluation.h"
#include "proto/evaluation.pb.h"

namespace lineup {
namespace {

// More terms than an exact sum of doubles ever needs.
constexpr int kMaxTerms = 64;
// Beyond all data, and far from where counts of parts could overflow.
constexpr uint64_t kMaxExamples = uint64_t{1} << 48;

absl::Status Malformed(absl::string_view what, uint64_t found,
                       absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("malformed part of an evaluation: found ", what, " ", found,
                   ", expected ", expected));
}

absl::Status CheckCount(absl::string_view what, uint64_t found,
                        uint64_t expected) {
  if (found == expected) return absl::OkStatus();
  return Malformed(what, found, absl::StrCat(expected));
}

template <typename Values, typename Valid>
absl::Status CheckValues(absl::string_view what, const Values& values,
                         Valid valid) {
  for (const auto value : values) {
    if (valid(value)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("malformed part of an evaluation: ", +value,
                     " is not possible as ", what));
  }
  return absl::OkStatus();
}

// Weights and sums of weights.
bool IsWeight(double value) { return std::isfinite(value) && value >= 0; }
bool IsFinite(double value) { return std::isfinite(value); }

template <typename Field>
std::vector<typename Field::value_type> VectorOf(const Field& field) {
  return {field.begin(), field.end()};
}

void Write(const WeightedMean& mean, v1::MeanPart* part) {
  const auto sum = mean.sum().terms();
  const auto weight = mean.weight().terms();
  part->mutable_sum()->Add(sum.begin(), sum.end());
  part->mutable_weight()->Add(weight.begin(), weight.end());
}

absl::Status Read(const v1::MeanPart& part, WeightedMean* mean) {
  if (part.sum_size() > kMaxTerms || part.weight_size() > kMaxTerms) {
    return Malformed("the number of terms",
                     std::max(part.sum_size(), part.weight_size()),
                     absl::StrCat("at most ", kMaxTerms));
  }
  LINEUP_RETURN_IF_ERROR(CheckValues("a sum", part.sum(), IsFinite));
  LINEUP_RETURN_IF_ERROR(CheckValues("a weight", part.weight(), IsFinite));
  for (const double term : part.sum()) mean->AddSums(term, 0);
  for (const double term : part.weight()) mean->AddSums(0, term);
  return CheckValues(
      "a sum", std::vector<double>{mean->sum().Value(), mean->weight().Value()},
      IsFinite);
}

template <typename Metrics>
absl::Status ReadMeans(
    const google::protobuf::RepeatedPtrField<v1::MeanPart>& parts,
    Metrics* metrics) {
  LINEUP_RETURN_IF_ERROR(
      CheckCount("the number of means", parts.size(), metrics->means().size()));
  for (int m = 0; m < parts.size(); ++m) {
    LINEUP_RETURN_IF_ERROR(Read(parts[m], &metrics->means()[m]));
  }
  return absl::OkStatus();
}

void Write(const RegressionMetrics& metrics, v1::RegressionPart* part) {
  for (const WeightedMean& mean : metrics.means()) {
    Write(mean, part->add_means());
  }
}

absl::Status Read(const v1::RegressionPart& part, RegressionMetrics* metrics) {
  return ReadMeans(part.means(), metrics);
}

void Write(const MulticlassMetrics& metrics, v1::MulticlassPart* part) {
  for (const WeightedMean& mean : metrics.means()) {
    Write(mean, part->add_means());
  }
  for (const MulticlassMetrics::ClassCounts& counts : metrics.classes()) {
    part->add_met(counts.met);
    part->add_labelled(counts.labelled);
    part->add_predicted(counts.predicted);
  }
}

absl::Status Read(const v1::MulticlassPart& part, MulticlassMetrics* metrics) {
  LINEUP_RETURN_IF_ERROR(ReadMeans(part.means(), metrics));
  const absl::Span<MulticlassMetrics::ClassCounts> classes = metrics->classes();
  for (const auto* field : {&part.met(), &part.labelled(), &part.predicted()}) {
    LINEUP_RETURN_IF_ERROR(
        CheckCount("the number of classes", field->size(), classes.size()));
    LINEUP_RETURN_IF_ERROR(CheckValues("a weight", *field, IsWeight));
  }
  for (size_t c = 0; c < classes.size(); ++c) {
    const int at = static_cast<int>(c);
    classes[c] = {part.met(at), part.labelled(at), part.predicted(at)};
  }
  return absl::OkStatus();
}

void WriteBins(const std::vector<double>& bins, v1::BinColumn* part) {
  uint32_t before = 0;
  for (uint32_t bin = 0; bin < ScoreBins::kNumBins; ++bin) {
    const double negative = bins[2 * bin];
    const double positive = bins[2 * bin + 1];
    if (negative == 0 && positive == 0) continue;
    part->add_gap(bin - before);
    part->add_negative(negative);
    part->add_positive(positive);
    before = bin;
  }
}

absl::StatusOr<std::vector<double>> ReadBins(const v1::BinColumn& part) {
  for (const auto* field : {&part.negative(), &part.positive()}) {
    LINEUP_RETURN_IF_ERROR(
        CheckCount("the number of bins", field->size(), part.gap_size()));
    LINEUP_RETURN_IF_ERROR(CheckValues("a weight", *field, IsWeight));
  }
  std::vector<double> bins(2 * ScoreBins::kNumBins);
  uint64_t bin = 0;
  for (int i = 0; i < part.gap_size(); ++i) {
    bin += part.gap(i);
    if (bin >= ScoreBins::kNumBins || (i > 0 && part.gap(i) == 0)) {
      return Malformed(
          "the bin", bin,
          absl::StrCat("bins in order, below ", uint32_t{ScoreBins::kNumBins}));
    }
    bins[2 * bin] = part.negative(i);
    bins[2 * bin + 1] = part.positive(i);
  }
  return bins;
}

void Write(const LineupScores& scores, v1::ScoresPart* part) {
  const LineupScoresState& state = scores.state();
  part->set_num_examples(state.num_examples);
  part->set_binned(state.binned);
  for (const std::vector<double>& bins : state.bins) {
    WriteBins(bins, part->add_bins());
  }
  if (state.num_examples == 0) return;
  part->mutable_labels()->assign(state.labels.begin(), state.labels.end());
  part->mutable_weights()->Add(state.weights.begin(), state.weights.end());
  for (const std::vector<float>& column : state.scores) {
    part->add_columns()->mutable_scores()->Add(column.begin(), column.end());
  }
}

absl::Status ReadColumns(const v1::ScoresPart& part, ScoreKind kind,
                         LineupScoresState* state) {
  const uint64_t examples = part.num_examples();
  LINEUP_RETURN_IF_ERROR(
      CheckCount("the number of labels", part.labels().size(), examples));
  LINEUP_RETURN_IF_ERROR(CheckValues("a label", part.labels(), [](char label) {
    return label == 0 || label == 1;
  }));
  state->labels.assign(part.labels().begin(), part.labels().end());
  if (part.weights_size() > 0) {
    LINEUP_RETURN_IF_ERROR(
        CheckCount("the number of weights", part.weights_size(), examples));
  }
  LINEUP_RETURN_IF_ERROR(CheckValues("a weight", part.weights(), IsWeight));
  state->weights = VectorOf(part.weights());
  const bool probability = kind == ScoreKind::kProbability;
  for (const v1::ScoreColumn& column : part.columns()) {
    LINEUP_RETURN_IF_ERROR(
        CheckCount("the number of scores", column.scores_size(), examples));
    LINEUP_RETURN_IF_ERROR(
        CheckValues("a score", column.scores(), [&](float score) {
          return probability ? score >= 0 && score <= 1 : IsFinite(score);
        }));
    state->scores.push_back(VectorOf(column.scores()));
  }
  return absl::OkStatus();
}

// `exact_examples` is how many examples' scores may be kept.
absl::Status Read(const v1::ScoresPart& part, uint64_t exact_examples,
                  LineupScores* scores) {
  LineupScoresState state;
  state.num_examples = part.num_examples();
  state.binned = part.binned();
  const uint64_t most = state.binned ? kMaxExamples : exact_examples;
  if (state.num_examples > most) {
    return Malformed("the number of examples", state.num_examples,
                     absl::StrCat("at most ", most));
  }
  if (state.num_examples == 0) return absl::OkStatus();
  LINEUP_RETURN_IF_ERROR(
      CheckCount("the number of candidates",
                 state.binned ? part.bins_size() : part.columns_size(),
                 scores->num_candidates()));
  if (state.binned) {
    for (const v1::BinColumn& column : part.bins()) {
      LINEUP_ASSIGN_OR_RETURN(std::vector<double> bins, ReadBins(column));
      state.bins.push_back(std::move(bins));
    }
  } else {
    LINEUP_RETURN_IF_ERROR(ReadColumns(part, scores->kind(), &state));
  }
  *scores = LineupScores(std::move(state), scores->kind());
  return absl::OkStatus();
}

template <typename Parts, typename All>
absl::Status ReadCandidates(const Parts& parts, All* all) {
  LINEUP_RETURN_IF_ERROR(
      CheckCount("the number of candidates", parts.size(), all->size()));
  for (int c = 0; c < parts.size(); ++c) {
    LINEUP_RETURN_IF_ERROR(Read(parts[c], &(*all)[c]));
  }
  return absl::OkStatus();
}

}  // namespace

std::string LineupEvaluation::Serialize() const {
  v1::EvaluationPart part;
  part.set_num_examples(num_examples_);
  part.set_groups(static_cast<uint32_t>(groups_.size()));
  part.mutable_diverged()->assign(diverged_.begin(), diverged_.end());
  if (is_binary()) {
    v1::BinaryPart* const binary = part.mutable_binary();
    for (const WeightedMean& mean : losses_) Write(mean, binary->add_loss());
    Write(sample_, binary->mutable_sample());
    Write(rest_, binary->mutable_rest());
  }
  for (const MulticlassMetrics& metrics : multiclass_) {
    Write(metrics, part.add_multiclass());
  }
  for (const RegressionMetrics& metrics : regression_) {
    Write(metrics, part.add_regression());
  }
  return part.SerializeAsString();
}

absl::StatusOr<LineupEvaluation> LineupEvaluation::Parse(
    EvaluationSettings settings, const LineupColumns& columns,
    const CandidateGroupings& groupings, absl::string_view bytes) {
  v1::EvaluationPart part;
  if (!part.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError(
        "malformed part of an evaluation: found bytes that are not an "
        "EvaluationPart (proto/evaluation.proto)");
  }
  const CandidateGroups* const groups = groupings.OfSize(part.groups());
  if (groups == nullptr) {
    return Malformed("the number of groups", part.groups(),
                     absl::StrCat("as many as ", columns.num_candidates(),
                                  " candidates make at some time"));
  }
  LineupEvaluation result(std::move(settings), columns, *groups);
  if (part.num_examples() > kMaxExamples) {
    return Malformed("the number of examples", part.num_examples(),
                     absl::StrCat("at most ", kMaxExamples));
  }
  result.num_examples_ = part.num_examples();
  LINEUP_RETURN_IF_ERROR(CheckCount("the number of candidates",
                                    part.diverged().size(),
                                    result.diverged_.size()));
  LINEUP_RETURN_IF_ERROR(
      CheckValues("a truth value", part.diverged(),
                  [](char value) { return value == 0 || value == 1; }));
  result.diverged_.assign(part.diverged().begin(), part.diverged().end());
  LINEUP_RETURN_IF_ERROR(
      ReadCandidates(part.multiclass(), &result.multiclass_));
  LINEUP_RETURN_IF_ERROR(
      ReadCandidates(part.regression(), &result.regression_));
  LINEUP_RETURN_IF_ERROR(ReadCandidates(part.binary().loss(), &result.losses_));
  LINEUP_RETURN_IF_ERROR(result.ParseScores(part.binary()));
  return result;
}

absl::Status LineupEvaluation::ParseScores(const v1::BinaryPart& part) {
  const uint64_t exact = settings_.exact_examples;
  LINEUP_RETURN_IF_ERROR(Read(part.sample(), exact, &sample_));
  LINEUP_RETURN_IF_ERROR(Read(part.rest(), exact, &rest_));
  if (!is_binary()) return absl::OkStatus();
  LINEUP_RETURN_IF_ERROR(CheckCount("the number of scored examples",
                                    sample_.size() + rest_.size(),
                                    num_examples_));
  if (sample_.size() > max_sample() ||
      (sample_.binned() && max_sample() <= exact)) {
    return Malformed("the number of examples to calibrate on", sample_.size(),
                     absl::StrCat("at most ", max_sample()));
  }
  if (rest_.size() > 0 && sample_.size() < max_sample()) {
    return Malformed("the number of examples to calibrate on", sample_.size(),
                     absl::StrCat(max_sample(), ", as there are others"));
  }
  BoundMemory();
  return absl::OkStatus();
}

}  // namespace lineup
