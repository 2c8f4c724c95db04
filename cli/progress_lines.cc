#include "cli/progress_lines.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "cli/progress_text.h"

namespace lineup {
namespace {

constexpr absl::Duration kBetweenLines = absl::Seconds(10);

}  // namespace

void ProgressLines::StepBegins(const JobMachine& machine) {
  step_began_ = last_line_ = clock_.Now();
  if (machine.step() == JobMachine::Step::kSample) {
    out_ << absl::StreamFormat(
        "training %d candidates on %d file(s), %.1f MB, at most %d epochs\n",
        plan_.candidates.size(), plan_.train.files().size(),
        plan_.train.total_bytes() / 1e6, plan_.hyperparameters().epochs);
  }
}

void ProgressLines::Progress(const JobMachine& machine,
                             const StepProgress& progress) {
  const absl::Time now = clock_.Now();
  const double seconds = absl::ToDoubleSeconds(now - step_began_);
  if (seconds > 0) examples_per_second_ = progress.examples / seconds;
  if (now - last_line_ < kBetweenLines) return;
  last_line_ = now;
  const double part =
      progress.total_examples == 0
          ? 0
          : std::min(1.0, static_cast<double>(progress.examples) /
                              progress.total_examples);
  out_ << absl::StreamFormat("epoch %d/%d: %.0f %%, %s examples/s",
                             machine.epoch() + 1,
                             plan_.hyperparameters().epochs, 100 * part,
                             ShortCount(examples_per_second_))
       << std::endl;
}

void ProgressLines::StepEnded(const JobMachine& machine, JobMachine::Step step,
                              int64_t epoch) {
  const bool epoch_is_over = plan_.has_validation()
                                 ? step == JobMachine::Step::kEvaluate
                                 : step == JobMachine::Step::kTrain;
  if (epoch_is_over) TellEpoch(machine, epoch);
}

void ProgressLines::TellEpoch(const JobMachine& machine, int64_t epoch) {
  out_ << absl::StreamFormat("epoch %d/%d: %s examples/s", epoch + 1,
                             plan_.hyperparameters().epochs,
                             ShortCount(examples_per_second_));
  const std::string best = BestSoFar(plan_, machine);
  if (!best.empty()) out_ << "; best so far: candidate " << best;
  out_ << std::endl;
}

}  // namespace lineup
