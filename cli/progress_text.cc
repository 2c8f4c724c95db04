#include "cli/progress_text.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace lineup {
namespace {

// "precision" of precision_at_target_recall: lines are short.
absl::string_view ShortCriterion(absl::string_view name) {
  if (name == "objective_loss") return "loss";
  return name.substr(0, name.find("_at_"));
}

}  // namespace

std::string BestSoFar(const JobPlan& plan, const JobMachine& machine) {
  if (machine.best_epoch() >= 0) {
    return absl::StrFormat(
        "%d %s %.4g", plan.candidates[machine.best_candidate()].index,
        ShortCriterion(machine.compared_by().name), machine.best_value());
  }
  if (plan.has_validation()) return "";
  size_t best = 0;
  double lowest = INFINITY;
  for (size_t c = 0; c < machine.candidates().size(); ++c) {
    const JobMachine::CandidateState& candidate = machine.candidates()[c];
    if (candidate.train_loss.empty()) continue;
    if (!(candidate.train_loss.back() < lowest)) continue;
    best = c;
    lowest = candidate.train_loss.back();
  }
  if (lowest == INFINITY) return "";
  return absl::StrFormat("%d training loss %.4g", plan.candidates[best].index,
                         lowest);
}

std::string ShortCount(double count) {
  for (const char* unit : {"", "k", "M"}) {
    if (count < 999.5) return absl::StrFormat("%.3g%s", count, unit);
    count /= 1000;
  }
  return absl::StrFormat("%.3gG", count);
}

std::string ShortDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  const int64_t minutes = seconds / 60;
  if (minutes < 60) return absl::StrFormat("%d:%02d", minutes, seconds % 60);
  return absl::StrFormat("%d:%02d:%02d", minutes / 60, minutes % 60,
                         seconds % 60);
}

}  // namespace lineup
