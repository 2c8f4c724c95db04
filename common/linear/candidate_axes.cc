#include "common/linear/candidate_axes.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lineup {
namespace {

template <typename T>
using Setter = void (*)(Candidate*, T);

double LogUniform(SplitMix64* random, double low, double high) {
  return low * std::pow(high / low, random->Uniform());
}

// Ranges of Amazon's documentation ("Tune a linear learner model").
double DrawPenalty(SplitMix64* random) { return LogUniform(random, 1e-7, 1); }
double DrawRate(SplitMix64* random) { return LogUniform(random, 1e-5, 1); }

// Narrower than documented (1e-5 … 1e5): beyond a factor of 100 all that is
// left of the smaller class, or of the larger, is rounding.
PositiveWeight DrawPositiveWeight(SplitMix64* random) {
  return {LogUniform(random, 0.01, 100), false};
}

class AxisList {
 public:
  // An axis of the given values, or else the automatic ones; in a sample, a
  // random one of those, or else `draw` where there is one.
  template <typename T>
  void Add(std::string name, const Choices<T>& given,
           const Choices<T>& automatic, Setter<T> set,
           T (*draw)(SplitMix64*) = nullptr) {
    const Choices<T>& chosen = given.empty() ? automatic : given;
    CandidateAxis axis;
    axis.name = std::move(name);
    for (const T& value : chosen) {
      axis.values.push_back([=](Candidate* c) { set(c, value); });
    }
    if (given.empty() && draw != nullptr) {
      axis.draw = [=](SplitMix64* random, Candidate* c) {
        set(c, draw(random));
      };
    } else {
      axis.draw = [values = axis.values](SplitMix64* random, Candidate* c) {
        values[random->Below(values.size())](c);
      };
    }
    axes_.push_back(std::move(axis));
  }

  std::vector<CandidateAxis> Take() { return std::move(axes_); }

 private:
  std::vector<CandidateAxis> axes_;
};

// The automatic values that depend on the optimizer.
struct Grid {
  Choices<double> wd = {1e-4, 1e-2, 1, 100};
  Choices<double> learning_rate = {0.005, 0.1};
  Choices<double> minimum_lr = {1e-5, 1e-4};
  Choices<int64_t> step = {10, 100};
  Choices<double> l1 = {0};
  ScheduleType schedule = ScheduleType::kStep;
  double epsilon = 1e-8;
  bool rate_varies_slowest = false;
};

Grid GridOf(OptimizerType optimizer) {
  Grid grid;
  switch (optimizer) {
    case OptimizerType::kAdam:
      break;
    case OptimizerType::kSgd:
      grid.learning_rate = {0.002, 0.01, 0.05, 0.2};
      grid.wd = {1e-4, 1e-2};
      grid.rate_varies_slowest = true;
      break;
    case OptimizerType::kRmsprop:
      grid.learning_rate = {0.001, 0.01};
      break;
    case OptimizerType::kAdagrad:
      grid.learning_rate = {0.05, 0.5};
      grid.l1 = {0, 1e-5, 1e-4, 1e-3};
      grid.schedule = ScheduleType::kConstant;
      grid.epsilon = 1e-7;
      break;
    case OptimizerType::kFtrl:
      grid.wd = {0.01, 0.1, 1, 10};
      grid.learning_rate = {0.05, 0.5};
      grid.l1 = {0, 0.01, 0.1, 1};
      grid.schedule = ScheduleType::kConstant;
      break;
  }
  return grid;
}

using HP = Hyperparameters;

void AddLossAxes(const HP& hp, AxisList* axes) {
  if (hp.predictor_type == PredictorType::kBinaryClassifier) {
    axes->Add<PositiveWeight>(
        "positive_example_weight_mult", hp.positive_example_weight_mult,
        {{1, false}, {1, true}},
        [](Candidate* c, PositiveWeight weight) {
          c->positive_example_weight_mult = weight.value;
          c->balance_positive_examples = weight.balanced;
        },
        DrawPositiveWeight);
  }
  switch (hp.loss) {
    case LossType::kHinge:
      axes->Add<double>("margin", hp.margin, {},
                        [](Candidate* c, double v) { c->margin = v; });
      break;
    case LossType::kQuantile:
      axes->Add<double>("quantile", hp.quantile, {},
                        [](Candidate* c, double v) { c->quantile = v; });
      break;
    case LossType::kHuber:
      axes->Add<double>("huber_delta", hp.huber_delta, {},
                        [](Candidate* c, double v) { c->huber_delta = v; });
      break;
    case LossType::kEpsInsensitiveSquared:
    case LossType::kEpsInsensitiveAbsolute:
      axes->Add<double>(
          "loss_insensitivity", hp.loss_insensitivity, {},
          [](Candidate* c, double v) { c->loss_insensitivity = v; });
      break;
    default:
      break;
  }
}

void AddInitAxes(const HP& hp, AxisList* axes) {
  axes->Add<InitMethod>("init_method", hp.init_method, {},
                        [](Candidate* c, InitMethod v) { c->init_method = v; });
  axes->Add<double>("init_scale", hp.init_scale, {},
                    [](Candidate* c, double v) { c->init_scale = v; });
  axes->Add<double>("init_sigma", hp.init_sigma, {},
                    [](Candidate* c, double v) { c->init_sigma = v; });
  if (!hp.use_bias) return;
  axes->Add<double>("init_bias", hp.init_bias, {},
                    [](Candidate* c, double v) { c->init_bias = v; });
  axes->Add<double>("bias_lr_mult", hp.bias_lr_mult, {10},
                    [](Candidate* c, double v) { c->bias_lr_mult = v; });
  axes->Add<double>("bias_wd_mult", hp.bias_wd_mult, {0},
                    [](Candidate* c, double v) { c->bias_wd_mult = v; });
}

void AddOptimizerAxes(const HP& hp, OptimizerType optimizer, const Grid& grid,
                      AxisList* axes) {
  const auto add_epsilon = [&] {
    axes->Add<double>("epsilon", hp.epsilon, {grid.epsilon},
                      [](Candidate* c, double v) { c->epsilon = v; });
  };
  switch (optimizer) {
    case OptimizerType::kSgd:
      axes->Add<double>("momentum", hp.momentum, {0},
                        [](Candidate* c, double v) { c->momentum = v; });
      break;
    case OptimizerType::kAdam:
      axes->Add<double>("beta_1", hp.beta_1, {0.9},
                        [](Candidate* c, double v) { c->beta_1 = v; });
      axes->Add<double>("beta_2", hp.beta_2, {0.999},
                        [](Candidate* c, double v) { c->beta_2 = v; });
      add_epsilon();
      break;
    case OptimizerType::kAdagrad:
      add_epsilon();
      break;
    case OptimizerType::kRmsprop:
      axes->Add<double>("rmsprop_decay", hp.rmsprop_decay, {0.9},
                        [](Candidate* c, double v) { c->rmsprop_decay = v; });
      add_epsilon();
      break;
    case OptimizerType::kFtrl:
      axes->Add<double>("ftrl_beta", hp.ftrl_beta, {1},
                        [](Candidate* c, double v) { c->ftrl_beta = v; });
      break;
  }
}

// use_lr_scheduler comes after lr_schedule, which it overrules.
void AddScheduleTypeAxes(const HP& hp, const Grid& grid, AxisList* axes) {
  axes->Add<ScheduleType>(
      "lr_schedule", hp.lr_schedule, {grid.schedule},
      [](Candidate* c, ScheduleType v) { c->schedule.type = v; });
  axes->Add<bool>("use_lr_scheduler", hp.use_lr_scheduler, {},
                  [](Candidate* c, bool v) {
                    if (!v) c->schedule.type = ScheduleType::kConstant;
                  });
  axes->Add<double>("lr_scheduler_factor", hp.lr_scheduler_factor, {0.99},
                    [](Candidate* c, double v) { c->schedule.factor = v; });
}

// The axes of the grid proper, in the order of its index's bits.
void AddGridAxes(const HP& hp, const Grid& grid, AxisList* axes) {
  const auto add_l1 = [&] {
    axes->Add<double>(
        "l1", hp.l1, grid.l1, [](Candidate* c, double v) { c->l1 = v; },
        DrawPenalty);
  };
  const auto add_wd = [&] {
    axes->Add<double>(
        "wd", hp.wd, grid.wd, [](Candidate* c, double v) { c->wd = v; },
        DrawPenalty);
  };
  const bool l1_varies_fastest = grid.schedule == ScheduleType::kConstant;
  if (!l1_varies_fastest) add_l1();
  if (!grid.rate_varies_slowest) add_wd();
  axes->Add<double>(
      "learning_rate", hp.learning_rate, grid.learning_rate,
      [](Candidate* c, double v) { c->learning_rate = v; }, DrawRate);
  if (grid.rate_varies_slowest) add_wd();
  axes->Add<double>("lr_scheduler_minimum_lr", hp.lr_scheduler_minimum_lr,
                    grid.minimum_lr,
                    [](Candidate* c, double v) { c->schedule.minimum = v; });
  axes->Add<int64_t>("lr_scheduler_step", hp.lr_scheduler_step, grid.step,
                     [](Candidate* c, int64_t v) { c->schedule.step = v; });
  if (l1_varies_fastest) add_l1();
}

void SettleSchedule(const HP& hp, Candidate* c) {
  const LearningRateSchedule unused;
  LearningRateSchedule& s = c->schedule;
  s.learning_rate = c->learning_rate;
  if (hp.lr_scheduler_minimum_lr.empty()) {
    s.minimum = std::min(s.minimum, s.learning_rate);
  }
  if (s.type != ScheduleType::kStep) s.factor = unused.factor;
  if (s.type == ScheduleType::kConstant) s.minimum = unused.minimum;
  if (s.type == ScheduleType::kConstant || s.type == ScheduleType::kCosine) {
    s.step = unused.step;
  }
}

}  // namespace

std::vector<OptimizerType> OptimizersOf(const HP& hp) {
  if (hp.optimizer.empty()) return {OptimizerType::kAdam};
  return hp.optimizer;
}

std::vector<CandidateAxis> MakeAxes(const HP& hp, OptimizerType optimizer) {
  const Grid grid = GridOf(optimizer);
  AxisList axes;
  AddLossAxes(hp, &axes);
  AddInitAxes(hp, &axes);
  AddOptimizerAxes(hp, optimizer, grid, &axes);
  AddScheduleTypeAxes(hp, grid, &axes);
  AddGridAxes(hp, grid, &axes);
  return axes.Take();
}

void Settle(const HP& hp, Candidate* candidate) {
  const Candidate unused;
  SettleSchedule(hp, candidate);
  if (candidate->init_method == InitMethod::kUniform) {
    candidate->init_sigma = unused.init_sigma;
  } else {
    candidate->init_scale = unused.init_scale;
  }
  if (!hp.use_bias) candidate->bias_lr_mult = 0;
}

}  // namespace lineup
