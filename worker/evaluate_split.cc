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

}  // namespace

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
