#include "common/linear/candidate.h"

#include <string>
#include <tuple>

namespace lineup {
namespace {

void AddOptimizer(const Candidate& c, nlohmann::json* out) {
  (*out)["optimizer"] = std::string(Name(c.optimizer));
  (*out)["learning_rate"] = c.learning_rate;
  (*out)["wd"] = c.wd;
  (*out)["l1"] = c.l1;
  if (c.bias_lr_mult > 0) {
    (*out)["bias_lr_mult"] = c.bias_lr_mult;
    (*out)["bias_wd_mult"] = c.bias_wd_mult;
  }
  switch (c.optimizer) {
    case OptimizerType::kSgd:
      (*out)["momentum"] = c.momentum;
      break;
    case OptimizerType::kAdam:
      (*out)["beta_1"] = c.beta_1;
      (*out)["beta_2"] = c.beta_2;
      (*out)["epsilon"] = c.epsilon;
      break;
    case OptimizerType::kAdagrad:
      (*out)["epsilon"] = c.epsilon;
      break;
    case OptimizerType::kRmsprop:
      (*out)["rmsprop_decay"] = c.rmsprop_decay;
      (*out)["epsilon"] = c.epsilon;
      break;
    case OptimizerType::kFtrl:
      (*out)["ftrl_beta"] = c.ftrl_beta;
      break;
  }
}

void AddSchedule(const LearningRateSchedule& s, nlohmann::json* out) {
  (*out)["lr_schedule"] = std::string(Name(s.type));
  (*out)["use_lr_scheduler"] = s.type != ScheduleType::kConstant;
  if (s.type == ScheduleType::kConstant) return;
  (*out)["lr_scheduler_minimum_lr"] = s.minimum;
  if (s.type != ScheduleType::kCosine) (*out)["lr_scheduler_step"] = s.step;
  if (s.type == ScheduleType::kStep) (*out)["lr_scheduler_factor"] = s.factor;
}

void AddInit(const Candidate& c, nlohmann::json* out) {
  (*out)["init_method"] = std::string(Name(c.init_method));
  if (c.init_method == InitMethod::kUniform) {
    (*out)["init_scale"] = c.init_scale;
  } else {
    (*out)["init_sigma"] = c.init_sigma;
  }
  if (c.bias_lr_mult > 0) (*out)["init_bias"] = c.init_bias;
}

void AddLoss(const Candidate& c, LossType loss, nlohmann::json* out) {
  if (loss == LossType::kLogistic || loss == LossType::kHinge) {
    if (c.balance_positive_examples) {
      (*out)["positive_example_weight_mult"] = "balanced";
    } else {
      (*out)["positive_example_weight_mult"] = c.positive_example_weight_mult;
    }
  }
  if (loss == LossType::kHinge) (*out)["margin"] = c.margin;
  if (loss == LossType::kQuantile) (*out)["quantile"] = c.quantile;
  if (loss == LossType::kHuber) (*out)["huber_delta"] = c.huber_delta;
  if (loss == LossType::kEpsInsensitiveSquared ||
      loss == LossType::kEpsInsensitiveAbsolute) {
    (*out)["loss_insensitivity"] = c.loss_insensitivity;
  }
}

}  // namespace

bool SameSetting(const Candidate& a, const Candidate& b) {
  const auto fields = [](const Candidate& c) {
    return std::tie(c.optimizer, c.wd, c.l1, c.momentum, c.beta_1, c.beta_2,
                    c.epsilon, c.rmsprop_decay, c.ftrl_beta, c.learning_rate,
                    c.bias_lr_mult, c.bias_wd_mult, c.schedule, c.init_method,
                    c.init_scale, c.init_sigma, c.init_bias,
                    c.positive_example_weight_mult, c.balance_positive_examples,
                    c.margin, c.quantile, c.huber_delta, c.loss_insensitivity);
  };
  return fields(a) == fields(b);
}

int64_t SameUntil(const Candidate& a, const Candidate& b) {
  Candidate with_schedule_of_b = a;
  with_schedule_of_b.schedule = b.schedule;
  if (!SameSetting(with_schedule_of_b, b)) return 0;
  return SameUntil(a.schedule, b.schedule);
}

nlohmann::json CandidateToJson(const Candidate& candidate, LossType loss) {
  nlohmann::json out = nlohmann::json::object();
  AddOptimizer(candidate, &out);
  AddSchedule(candidate.schedule, &out);
  AddInit(candidate, &out);
  AddLoss(candidate, loss, &out);
  return out;
}

}  // namespace lineup
