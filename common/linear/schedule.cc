#include "common/linear/schedule.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace lineup {
namespace {

constexpr double kPi = 3.14159265358979323846;

// FactorScheduler without its loop: it lowers the rate once for each time that
// `update` exceeds another whole multiple of `step`.
double StepRate(const LearningRateSchedule& s, int64_t update) {
  const int64_t falls = (update - 1) / s.step;
  if (falls <= 0) return s.learning_rate;
  const double rate =
      s.learning_rate * std::pow(s.factor, static_cast<double>(falls));
  return std::max(rate, s.minimum);
}

double InverseSqrtRate(const LearningRateSchedule& s, int64_t update) {
  const double steps = static_cast<double>(update - 1) / s.step;
  const double floor = std::min(s.minimum, s.learning_rate);
  return std::max(s.learning_rate / std::sqrt(1 + steps), floor);
}

double CosineRate(const LearningRateSchedule& s, int64_t update) {
  if (s.total_updates <= 0) return s.learning_rate;
  const double floor = std::min(s.minimum, s.learning_rate);
  const double done =
      std::min(1.0, static_cast<double>(update - 1) / s.total_updates);
  return floor + (s.learning_rate - floor) * (1 + std::cos(kPi * done)) / 2;
}

}  // namespace

double LearningRateSchedule::At(int64_t update) const {
  switch (type) {
    case ScheduleType::kStep:
      return StepRate(*this, update);
    case ScheduleType::kConstant:
      return learning_rate;
    case ScheduleType::kInverseSqrt:
      return InverseSqrtRate(*this, update);
    case ScheduleType::kCosine:
      return CosineRate(*this, update);
  }
  return learning_rate;
}

bool operator==(const LearningRateSchedule& a, const LearningRateSchedule& b) {
  const auto fields = [](const LearningRateSchedule& s) {
    return std::tie(s.type, s.learning_rate, s.minimum, s.factor, s.step,
                    s.total_updates);
  };
  return fields(a) == fields(b);
}

int64_t SameUntil(const LearningRateSchedule& a,
                  const LearningRateSchedule& b) {
  if (a == b) return kNeverDiffer;
  LearningRateSchedule with_minimum_of_b = a;
  with_minimum_of_b.minimum = b.minimum;
  const bool falls = (a.type == ScheduleType::kStep && a.factor < 1) ||
                     a.type == ScheduleType::kInverseSqrt;
  if (!falls || !(with_minimum_of_b == b)) return 0;
  // From where they differ on they do so for ever, as the rate above both
  // minima never rises.
  int64_t same = 0;
  int64_t differ = int64_t{1} << 40;  // above all that optimizers count
  if (a.At(differ) == b.At(differ)) return 0;
  while (differ - same > 1) {
    const int64_t middle = same + (differ - same) / 2;
    (a.At(middle) == b.At(middle) ? same : differ) = middle;
  }
  return same;
}

}  // namespace lineup
