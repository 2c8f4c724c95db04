#include "common/linear/candidate.h"

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using nlohmann::json;

TEST(CandidateTest, JsonHoldsWhatMattersToTheOptimizerAndTheLoss) {
  Candidate c;
  c.wd = 1e-4;
  c.schedule = {ScheduleType::kStep, 0.005, 1e-5, 0.99, 10, 0};
  const json expected = json::parse(R"({
      "optimizer": "adam", "learning_rate": 0.005, "wd": 0.0001, "l1": 0.0,
      "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "bias_lr_mult": 10.0,
      "bias_wd_mult": 0.0, "lr_schedule": "step", "use_lr_scheduler": true,
      "lr_scheduler_step": 10, "lr_scheduler_factor": 0.99,
      "lr_scheduler_minimum_lr": 1e-5, "init_method": "uniform",
      "init_scale": 0.07, "init_bias": 0.0,
      "positive_example_weight_mult": 1.0})");
  EXPECT_EQ(CandidateToJson(c, LossType::kLogistic), expected);
}

TEST(CandidateTest, JsonFollowsOtherChoices) {
  Candidate c;
  c.optimizer = OptimizerType::kSgd;
  c.momentum = 0.9;
  c.init_method = InitMethod::kNormal;
  c.balance_positive_examples = true;
  json out = CandidateToJson(c, LossType::kHinge);
  EXPECT_EQ(out["momentum"], 0.9);
  EXPECT_EQ(out["init_sigma"], 0.01);
  EXPECT_EQ(out["margin"], 1.0);
  EXPECT_EQ(out["positive_example_weight_mult"], "balanced");
  EXPECT_EQ(out["use_lr_scheduler"], false);
  for (const char* absent :
       {"beta_1", "epsilon", "init_scale", "quantile", "lr_scheduler_step"}) {
    EXPECT_FALSE(out.contains(absent)) << absent;
  }
  out = CandidateToJson(c, LossType::kQuantile);
  EXPECT_EQ(out["quantile"], 0.5);
  EXPECT_FALSE(out.contains("positive_example_weight_mult"));
  EXPECT_EQ(CandidateToJson(c, LossType::kHuber)["huber_delta"], 1.0);
  EXPECT_EQ(CandidateToJson(
                c, LossType::kEpsInsensitiveSquared)["loss_insensitivity"],
            0.01);
  c.optimizer = OptimizerType::kRmsprop;
  EXPECT_EQ(CandidateToJson(c, LossType::kSquared)["rmsprop_decay"], 0.9);
  c.optimizer = OptimizerType::kFtrl;
  EXPECT_EQ(CandidateToJson(c, LossType::kSquared)["ftrl_beta"], 1.0);
}

TEST(CandidateTest, SameSettingIgnoresTheIndexAlone) {
  Candidate a;
  Candidate b = a;
  b.index = 7;
  EXPECT_TRUE(SameSetting(a, b));
  b.schedule.step = 99;
  EXPECT_FALSE(SameSetting(a, b));
  b = a;
  b.quantile = 0.9;
  EXPECT_FALSE(SameSetting(a, b));
}

}  // namespace
}  // namespace lineup
