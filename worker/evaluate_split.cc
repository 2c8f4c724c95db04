#include "worker/evaluate_split.h"

#include <algorithm>
#include <vector>

#include "common/base/status_macros.h"
#include "common/linear/aligned.h"
#include "worker/gradient_kernel.h"
#include "worker/minibatch.h"

namespace lineup {
namespace {

// Sparse examples share features: the more at a time, the fewer rows are read.
constexpr size_t kDenseExamplesAtATime = 512;
constexpr size_t kSparseExamplesAtATime = 8192;

// scores (outputs floats) of one sparse example: bias + the sum of w * x.
void ScoreExample(const Examples& block, size_t row,
                  const CandidateWeights& weights, size_t outputs,
                  float* scores) {
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
        split, columns,
        [&](const RowSet& rows, float* out) {
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

absl::Status EvaluateSplit(const SplitExamples& split,
                           const LineupColumns& columns, PeekRows peek,
                           LineupEvaluation* evaluation) {
  const size_t width = columns.width();
  MinibatchBuilder builder;
  Minibatch minibatch;
  std::vector<ExampleRef> examples;
  AlignedFloats weights, scores;
  bool have_dense_weights = false;
  for (const Examples& block : split.blocks) {
    const size_t at_a_time =
        block.sparse ? kSparseExamplesAtATime : kDenseExamplesAtATime;
    for (size_t begin = 0; begin < block.size(); begin += at_a_time) {
      const size_t end = std::min(block.size(), begin + at_a_time);
      examples.clear();
      for (size_t i = begin; i < end; ++i) {
        examples.push_back({&block, static_cast<uint32_t>(i)});
      }
      builder.Build(examples, &minibatch);
      // Dense data touches all rows, always the same.
      if (minibatch.sparse || !have_dense_weights) {
        weights.resize(minibatch.rows.size() * width);
        LINEUP_RETURN_IF_ERROR(peek(minibatch.rows, weights.data()));
        have_dense_weights = true;
      }
      scores.resize(minibatch.size * width);
      ComputeScores(minibatch, weights.data(), width, 0, minibatch.size,
                    scores.data());
      evaluation->Add(minibatch.size, minibatch.labels.data(),
                      minibatch.weights_or_null(), scores.data());
    }
  }
  return absl::OkStatus();
}

}  // namespace lineup
