#include "cli/progress_bar.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/progress_text.h"

namespace lineup {
namespace {

using Step = JobMachine::Step;

// A step's first drawing may come sooner after another, or short steps would
// never be seen; that alone is at most one more a second.
constexpr absl::Duration kBetweenDrawings = absl::Milliseconds(200);
constexpr absl::Duration kBetweenStepDrawings = absl::Seconds(1);

constexpr int kLeastBar = 6;
constexpr int kWidestBar = 30;

// Back to the first column; from here to the end of the line, nothing.
constexpr char kReturn[] = "\r";
constexpr char kClearToEnd[] = "\x1b[K";

std::string Bar(double fraction, int width) {
  const int full = static_cast<int>(fraction * width);
  return absl::StrCat(" [", std::string(full, '#'),
                      std::string(width - full, '.'), "]");
}

std::string Phase(const JobMachine& machine, int64_t epochs) {
  switch (machine.step()) {
    case Step::kSample:
      return "reading a sample of the data";
    case Step::kMeasure:
    case Step::kDone:
      return "measuring the chosen model";
    default:
      break;
  }
  const std::string all = absl::StrCat(epochs);
  return absl::StrFormat("epoch %*d/%s %s", static_cast<int>(all.size()),
                         machine.epoch() + 1, all,
                         machine.step() == Step::kTrain ? "train" : "score");
}

}  // namespace

ProgressBar::ProgressBar(const JobPlan* plan, const Clock* clock,
                         std::function<int()> columns, std::ostream* terminal)
    : plan_(*plan),
      clock_(*clock),
      columns_(std::move(columns)),
      terminal_(*terminal) {}

ProgressBar::~ProgressBar() { Wipe(); }

void ProgressBar::StepBegins(const JobMachine& machine) {
  const absl::Time now = clock_.Now();
  if (machine.step() == Step::kTrain) {
    if (epoch_began_ != absl::InfinitePast()) last_epoch_ = now - epoch_began_;
    epoch_began_ = now;
    epoch_part_ = 0;
  }
  if (now - drawn_ < kBetweenDrawings &&
      now - step_drawn_ < kBetweenStepDrawings) {
    return;
  }
  step_drawn_ = now;
  Draw(machine, now);
}

void ProgressBar::Progress(const JobMachine& machine,
                           const StepProgress& progress) {
  const absl::Time now = clock_.Now();
  if (now - drawn_ < kBetweenDrawings) return;
  const double examples = static_cast<double>(progress.examples);
  const double seconds = absl::ToDoubleSeconds(now - epoch_began_);
  if (seconds > 0) examples_per_second_ = examples / seconds;
  if (progress.total_examples > 0) {
    epoch_part_ = std::min(1.0, examples / progress.total_examples);
  }
  Draw(machine, now);
}

void ProgressBar::StepEnded(const JobMachine&, Step step, int64_t) {
  if (step == Step::kTrain) epoch_part_ = 1;
  if (step == Step::kMeasure) Wipe();
}

void ProgressBar::Draw(const JobMachine& machine, absl::Time now) {
  drawn_ = now;
  is_drawn_ = true;
  // The last column stays free: some terminals go to the next line after it.
  const int columns = std::max(1, columns_() - 1);
  terminal_ << kReturn << Line(machine, now, columns) << kClearToEnd;
  terminal_.flush();
}

std::string ProgressBar::Line(const JobMachine& machine, absl::Time now,
                              int columns) {
  const std::string phase = Phase(machine, plan_.hyperparameters().epochs);
  if (machine.step() == Step::kSample) return phase.substr(0, columns);
  const double fraction = Fraction(machine);
  const std::string percent =
      absl::StrFormat(" %3d%%", static_cast<int>(100 * fraction));
  // The least important first.
  std::vector<std::string> parts;
  if (machine.step() == Step::kTrain && examples_per_second_ > 0) {
    parts.push_back(
        absl::StrFormat(" %5s ex/s", ShortCount(examples_per_second_)));
  }
  const std::string best = BestSoFar(plan_, machine);
  if (!best.empty()) parts.push_back(absl::StrCat(" best ", best));
  const std::string left = TimeLeft(machine, now);
  if (!left.empty()) parts.push_back(absl::StrFormat(" %5s left", left));

  const int fixed = static_cast<int>(phase.size() + percent.size()) + 3;
  const auto width = [&](size_t from) {
    int room = columns - fixed;
    for (size_t i = from; i < parts.size(); ++i) room -= parts[i].size();
    return room;
  };
  size_t from = 0;
  while (from < parts.size() && width(from) < kLeastBar) ++from;
  std::string line = phase;
  if (width(from) >= kLeastBar) {
    line += Bar(fraction, std::min(kWidestBar, width(from)));
  }
  line += percent;
  for (size_t i = from; i < parts.size(); ++i) line += parts[i];
  return line.substr(0, columns);
}

double ProgressBar::Fraction(const JobMachine& machine) const {
  if (machine.step() == Step::kMeasure) return 1;
  return std::min(
      1.0, (machine.epoch() + epoch_part_) / plan_.hyperparameters().epochs);
}

std::string ProgressBar::TimeLeft(const JobMachine& machine,
                                  absl::Time now) const {
  if (machine.step() == Step::kMeasure) return "";
  const absl::Duration elapsed = now - epoch_began_;
  absl::Duration epoch = last_epoch_;
  if (epoch == absl::ZeroDuration()) {
    if (epoch_part_ == 0) return "";
    epoch = elapsed / epoch_part_;
  }
  const int64_t later = plan_.hyperparameters().epochs - machine.epoch() - 1;
  return ShortDuration(epoch * later +
                       std::max(absl::ZeroDuration(), epoch - elapsed));
}

void ProgressBar::Wipe() {
  if (!is_drawn_) return;
  is_drawn_ = false;
  terminal_ << kReturn << kClearToEnd;
  terminal_.flush();
}

}  // namespace lineup
