// How long it takes to evaluate a lineup on the validation data once: the part
// after the scores are computed, on one core.
//
//   bazel run //common/linear:lineup_evaluation_benchmark

#include <cmath>
#include <vector>

#include "benchmark/benchmark.h"
#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_evaluation.h"

namespace lineup {
namespace {

constexpr size_t kExamples = 100000;
constexpr size_t kMinibatch = 1000;

struct Fixture {
  Fixture(PredictorType type, LossType loss, size_t outputs)
      : columns(std::vector<Candidate>(32), outputs) {
    settings.predictor_type = type;
    settings.loss = loss;
    SplitMix64 random(1);
    for (size_t i = 0; i < kExamples; ++i) {
      labels.push_back(
          static_cast<float>(type == PredictorType::kRegressor
                                 ? NormalFromHash(random())
                                 : random.Below(std::max<size_t>(2, outputs))));
      weights.push_back(1 + static_cast<float>(random.Uniform()));
      // Candidates that are right in about 84 of 100 examples.
      const size_t right = outputs == 1 ? 0 : static_cast<size_t>(labels[i]);
      for (size_t k = 0; k < columns.width(); ++k) {
        double score = NormalFromHash(random());
        if (outputs == 1) score += 2 * labels[i] - 1;
        if (outputs > 1 && k % outputs == right) score += 2.5;
        scores.push_back(static_cast<float>(score));
      }
    }
  }

  LineupEvaluation Fill(bool weighted) const {
    LineupEvaluation evaluation(settings, columns);
    for (size_t at = 0; at < kExamples; at += kMinibatch) {
      evaluation.Add(kMinibatch, &labels[at], weighted ? &weights[at] : nullptr,
                     &scores[at * columns.width()]);
    }
    return evaluation;
  }

  EvaluationSettings settings;
  LineupColumns columns;
  std::vector<float> labels;
  std::vector<float> weights;
  AlignedFloats scores;
};

void BM_Add(benchmark::State& state, const Fixture& fixture, bool weighted) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(fixture.Fill(weighted).num_examples());
  }
}

void BM_Finish(benchmark::State& state, const Fixture& fixture, bool weighted) {
  const LineupEvaluation evaluation = fixture.Fill(weighted);
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluation.Finish().num_examples);
  }
}

void Register(const std::string& name, PredictorType type, LossType loss,
              size_t outputs) {
  const auto* const fixture = new Fixture(type, loss, outputs);
  for (const bool weighted : {false, true}) {
    const std::string suffix = "/" + name + (weighted ? "/weighted" : "");
    benchmark::RegisterBenchmark(("Add" + suffix).c_str(), BM_Add,
                                 std::cref(*fixture), weighted)
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("Finish" + suffix).c_str(), BM_Finish,
                                 std::cref(*fixture), weighted)
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) {
  using namespace lineup;  // NOLINT
  Register("logistic", PredictorType::kBinaryClassifier, LossType::kLogistic,
           1);
  Register("hinge", PredictorType::kBinaryClassifier, LossType::kHinge, 1);
  Register("squared", PredictorType::kRegressor, LossType::kSquared, 1);
  Register("softmax10", PredictorType::kMulticlassClassifier,
           LossType::kSoftmax, 10);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
