#include "worker/evaluate_split.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "common/base/prefetch.h"
#include "common/base/status_macros.h"
#include "worker/gradient_kernel.h"

namespace lineup {
namespace {

// Sparse examples share features: the more at a time, the fewer rows are read.
constexpr size_t kDenseExamplesAtATime = 512;
constexpr size_t kSparseExamplesAtATime = 8192;

// The score of one sparse example where there is one output. The sum stays in
// a register, and weights that are needed soon are asked for, so that the reads
// of weights do not wait for each other.
float ScoreOfOneOutput(const Examples& block, size_t row,
                       const CandidateWeights& weights) {
  constexpr size_t kAhead = 128;
  const absl::Span<const uint32_t> features = block.feature_ids;
  const float* const values = block.values.data();
  const float* const w = weights.weights.data();
  float score = weights.bias[0];
  for (size_t j = block.row_starts[row]; j < block.row_starts[row + 1]; ++j) {
    if (j + kAhead < features.size()) PrefetchFar(w + features[j + kAhead]);
    if (features[j] < weights.num_features) score += w[features[j]] * values[j];
  }
  return score;
}

// scores (outputs floats) of one sparse example: bias + the sum of w * x.
void ScoreExample(const Examples& block, size_t row,
                  const CandidateWeights& weights, size_t outputs,
                  float* scores) {
  if (outputs == 1) {
    *scores = ScoreOfOneOutput(block, row, weights);
    return;
  }
  std::copy(weights.bias.begin(), weights.bias.end(), scores);
  for (size_t j = block.row_starts[row]; j < block.row_starts[row + 1]; ++j) {
    const size_t feature = block.feature_ids[j];
    if (feature >= weights.num_features) continue;
    const float* w = &weights.weights[feature * outputs];
    for (size_t o = 0; o < outputs; ++o) scores[o] += w[o] * block.values[j];
  }
}

}  // namespace

absl::Status EvaluateCandidate(const SplitExamples& split,
                               const LineupColumns& columns,
                               const CandidateWeights& weights,
                               LineupEvaluation* evaluation) {
  if (!split.blocks.empty() && !split.blocks[0].sparse) {
    return EvaluateSplit(
        split,
        [&](const RowSet& rows, std::optional<size_t>, float* out) {
          ReadCandidate(weights, columns, rows, out);
          return absl::OkStatus();
        },
        evaluation);
  }
  const size_t width = columns.width();
  AlignedFloats scores;
  for (const Examples& block : split.blocks) {
    for (size_t begin = 0; begin < block.size();
         begin += kDenseExamplesAtATime) {
      const size_t n = std::min(kDenseExamplesAtATime, block.size() - begin);
      scores.assign(n * width, 0.0f);
      for (size_t i = 0; i < n; ++i) {
        ScoreExample(block, begin + i, weights, columns.outputs(),
                     &scores[i * width + columns.first_column(0)]);
      }
      evaluation->Add(n, &block.labels[begin],
                      block.weights.empty() ? nullptr : &block.weights[begin],
                      scores.data());
    }
  }
  return absl::OkStatus();
}

SplitScorer::SplitScorer(const SplitExamples* split, size_t max_width)
    : split_(*split), max_width_(max_width) {}

bool SplitScorer::Next() {
  while (block_ < split_.blocks.size() &&
         begin_ == split_.blocks[block_].size()) {
    ++block_;
    begin_ = 0;
  }
  if (block_ == split_.blocks.size()) return false;
  const Examples& block = split_.blocks[block_];
  const size_t end = std::min(
      block.size(),
      begin_ + (block.sparse ? kSparseExamplesAtATime : kDenseExamplesAtATime));
  std::vector<ExampleRef> examples;
  examples.reserve(end - begin_);
  for (size_t i = begin_; i < end; ++i) {
    examples.push_back({&block, static_cast<uint32_t>(i)});
  }
  begin_ = end;
  builder_.Build(examples, &minibatch_);
  // Dense data touches all rows, always the same.
  needs_weights_ = minibatch_.sparse || !have_weights_;
  if (needs_weights_) {
    weights_.resize(minibatch_.rows.size() * max_width_);
  }
  have_weights_ = true;
  return true;
}

void SplitScorer::Score(LineupEvaluation* evaluation) {
  const size_t width = evaluation->width();
  scores_.resize(minibatch_.size * width);
  ComputeScores(minibatch_, weights_.data(), width, 0, minibatch_.size,
                scores_.data());
  evaluation->Add(minibatch_.size, minibatch_.labels.data(),
                  minibatch_.weights_or_null(), scores_.data());
}

absl::Status EvaluateSplit(const SplitExamples& split, PeekRows peek,
                           LineupEvaluation* evaluation) {
  SplitScorer scorer(&split, evaluation->width());
  while (scorer.Next()) {
    if (scorer.needs_weights()) {
      LINEUP_RETURN_IF_ERROR(
          peek(scorer.rows(), std::nullopt, scorer.weights()));
    }
    scorer.Score(evaluation);
  }
  return absl::OkStatus();
}

}  // namespace lineup
