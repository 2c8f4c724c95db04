#include "cli/progress_lines.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "common/linear/selection.h"

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
  out_ << absl::StreamFormat("epoch %d: %2.0f %%, %.0f examples/s\n",
                             machine.epoch(), 100 * part, examples_per_second_);
}

void ProgressLines::StepEnded(const JobMachine& machine, JobMachine::Step step,
                              int64_t epoch) {
  const bool epoch_is_over = plan_.has_validation()
                                 ? step == JobMachine::Step::kEvaluate
                                 : step == JobMachine::Step::kTrain;
  if (epoch_is_over) TellEpoch(machine, epoch);
}

void ProgressLines::TellEpoch(const JobMachine& machine, int64_t epoch) {
  double loss = 0;
  bool found = false;
  for (const JobMachine::CandidateState& c : machine.candidates()) {
    if (c.train_loss.empty()) continue;
    const double last = c.train_loss.back();
    if (!found || last < loss) loss = last;
    found = true;
  }
  out_ << absl::StreamFormat("epoch %d: training loss %.6g, %.0f examples/s",
                             epoch, loss, examples_per_second_);
  if (plan_.has_validation() && machine.best_epoch() >= 0) {
    out_ << absl::StreamFormat(
        "; best so far: candidate %d, %s %.6g",
        machine.setup().columns.candidates()[machine.best_candidate()].index,
        machine.compared_by().name, machine.best_value());
  }
  out_ << "\n";
}

}  // namespace lineup
