// The first byte says which kind of evaluation the others are a part of.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_evaluation.h"
#include "glog/logging.h"

namespace lineup {
namespace {

EvaluationSettings SettingsOf(uint8_t kind) {
  EvaluationSettings settings;
  settings.exact_examples = 8;
  switch (kind % 4) {
    case 0:
      break;
    case 1:
      settings.loss = LossType::kHinge;
      settings.goal.criterion = SelectionCriterion::kPrecisionAtTargetRecall;
      settings.num_calibration_samples = 4;
      break;
    case 2:
      settings.predictor_type = PredictorType::kMulticlassClassifier;
      settings.loss = LossType::kSoftmax;
      break;
    default:
      settings.predictor_type = PredictorType::kRegressor;
      settings.loss = LossType::kSquared;
  }
  return settings;
}

bool Same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

void CheckSame(const LineupResults& a, const LineupResults& b) {
  CHECK_EQ(a.num_examples, b.num_examples);
  CHECK_EQ(a.num_calibration_examples, b.num_calibration_examples);
  CHECK_EQ(a.candidates.size(), b.candidates.size());
  for (size_t c = 0; c < a.candidates.size(); ++c) {
    const CandidateEvaluation& x = a.candidates[c];
    const CandidateEvaluation& y = b.candidates[c];
    CHECK(Same(x.objective_loss, y.objective_loss));
    CHECK(Same(x.criterion, y.criterion));
    CHECK_EQ(x.threshold, y.threshold);
    for (size_t m = 0; m < x.metrics.size(); ++m) {
      CHECK(Same(x.metrics[m].second, y.metrics[m].second));
    }
  }
}

// Whatever was accepted can be finished, merged and sent on.
void Use(uint8_t kind, absl::string_view bytes) {
  const EvaluationSettings settings = SettingsOf(kind);
  const size_t outputs =
      settings.predictor_type == PredictorType::kMulticlassClassifier ? 3 : 1;
  const LineupColumns columns(std::vector<Candidate>(2), outputs);
  const auto part = LineupEvaluation::Parse(settings, columns, bytes);
  if (!part.ok()) return;
  const auto again =
      LineupEvaluation::Parse(settings, columns, part->Serialize());
  CHECK(again.ok()) << again.status();
  CheckSame(part->Finish(), again->Finish());

  LineupEvaluation merged(settings, columns);
  const std::vector<float> labels = {1, 0, 1};
  const AlignedFloats scores(3 * columns.width(), 0.25f);
  merged.Add(3, labels.data(), nullptr, scores.data());
  merged.Merge(*part);
  merged.Merge(*again);
  CHECK_EQ(merged.num_examples(), 3 + 2 * part->num_examples());
  CHECK_EQ(merged.Finish().candidates.size(), 2);
}

}  // namespace
}  // namespace lineup

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  lineup::Use(data[0], absl::string_view(
                           reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}
