#include "common/linear/candidate_lineup.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Hyperparameters Parsed(std::vector<NamedValue> flags) {
  bool has_type = false;
  for (const NamedValue& flag : flags) {
    has_type = has_type || flag.name == "predictor_type";
  }
  if (!has_type) flags.push_back({"predictor_type", "binary_classifier"});
  const auto hp = ParseHyperparameters(flags);
  EXPECT_TRUE(hp.ok()) << hp.status();
  return hp.value_or(Hyperparameters());
}

std::vector<Candidate> Lineup(std::vector<NamedValue> flags) {
  const auto lineup = MakeLineup(Parsed(std::move(flags)));
  EXPECT_TRUE(lineup.ok()) << lineup.status();
  if (!lineup.ok()) return {};
  for (size_t i = 0; i < lineup->size(); ++i) {
    EXPECT_EQ((*lineup)[i].index, static_cast<int>(i));
    EXPECT_EQ((*lineup)[i].schedule.learning_rate, (*lineup)[i].learning_rate);
    for (size_t j = 0; j < i; ++j) {
      EXPECT_FALSE(SameSetting((*lineup)[i], (*lineup)[j])) << i << " " << j;
    }
  }
  return *lineup;
}

std::vector<double> Distinct(const std::vector<Candidate>& lineup,
                             double (*field)(const Candidate&)) {
  std::set<double> values;
  for (const Candidate& c : lineup) values.insert(field(c));
  return {values.begin(), values.end()};
}

double Rate(const Candidate& c) { return c.learning_rate; }
double Wd(const Candidate& c) { return c.wd; }
double L1(const Candidate& c) { return c.l1; }

// The order that Amazon's training log shows: bits b4 b3 b2 b1 b0.
TEST(CandidateLineupTest, AutoIsTheLinearLearnersGrid) {
  const std::vector<Candidate> lineup = Lineup({});
  ASSERT_EQ(lineup.size(), 32u);
  const double wd[] = {1e-4, 1e-2, 1, 100};
  const double rate[] = {0.005, 0.1};
  const double minimum[] = {1e-5, 1e-4};
  const int64_t step[] = {10, 100};
  for (int m = 0; m < 32; ++m) {
    Candidate expected;
    expected.index = m;
    expected.optimizer = OptimizerType::kAdam;
    expected.wd = wd[m >> 3];
    expected.learning_rate = rate[(m >> 2) & 1];
    expected.schedule = {ScheduleType::kStep,   expected.learning_rate,
                         minimum[(m >> 1) & 1], 0.99,
                         step[m & 1],           0};
    expected.l1 = 0;
    expected.beta_1 = 0.9;
    expected.beta_2 = 0.999;
    expected.epsilon = 1e-8;
    expected.bias_lr_mult = 10;
    expected.bias_wd_mult = 0;
    expected.init_scale = 0.07;
    EXPECT_TRUE(SameSetting(lineup[m], expected))
        << m << ": " << CandidateToJson(lineup[m], LossType::kLogistic);
  }
}

// The "Best model found" lines of Amazon's logs, by index.
TEST(CandidateLineupTest, LoggedBestModelsStandWhereTheyStood) {
  const std::vector<Candidate> lineup = Lineup({});
  EXPECT_EQ(lineup[19].wd, 1);
  EXPECT_EQ(lineup[19].learning_rate, 0.005);
  EXPECT_EQ(lineup[19].schedule.minimum, 1e-4);
  EXPECT_EQ(lineup[19].schedule.step, 100);
  EXPECT_EQ(lineup[5].wd, 1e-4);
  EXPECT_EQ(lineup[5].learning_rate, 0.1);
  EXPECT_EQ(lineup[5].schedule.minimum, 1e-5);
  EXPECT_EQ(lineup[5].schedule.step, 100);
}

TEST(CandidateLineupTest, EveryOptimizerHas32) {
  for (absl::string_view name : OptimizerTypeNames()) {
    const auto lineup = Lineup({{"optimizer", std::string(name)}});
    EXPECT_EQ(lineup.size(), 32u) << name;
    for (const Candidate& c : lineup) EXPECT_EQ(Name(c.optimizer), name);
  }
  EXPECT_THAT(Distinct(Lineup({{"optimizer", "sgd"}}), Rate),
              ElementsAre(0.002, 0.01, 0.05, 0.2));
  EXPECT_THAT(Distinct(Lineup({{"optimizer", "ftrl"}}), L1),
              ElementsAre(0, 0.01, 0.1, 1));
  EXPECT_EQ(Lineup({{"optimizer", "adagrad"}})[0].schedule.type,
            ScheduleType::kConstant);
}

TEST(CandidateLineupTest, SeveralOptimizersStandOneAfterTheOther) {
  const auto lineup = Lineup({{"optimizer", "sgd,adam"}});
  ASSERT_EQ(lineup.size(), 64u);
  EXPECT_EQ(lineup[31].optimizer, OptimizerType::kSgd);
  EXPECT_EQ(lineup[32].optimizer, OptimizerType::kAdam);
}

TEST(CandidateLineupTest, AGivenValueReplacesItsAxis) {
  const auto lineup = Lineup({{"learning_rate", "0.03"}});
  ASSERT_EQ(lineup.size(), 16u);
  EXPECT_THAT(Distinct(lineup, Rate), ElementsAre(0.03));
  EXPECT_THAT(Distinct(lineup, Wd), ElementsAre(1e-4, 1e-2, 1, 100));
  EXPECT_EQ(lineup[3].schedule.minimum, 1e-4);
  EXPECT_EQ(lineup[3].schedule.step, 100);
  EXPECT_EQ(lineup[4].wd, 1e-2);
}

TEST(CandidateLineupTest, ListsMultiply) {
  const auto lineup = Lineup({{"learning_rate", "0.1,0.01,0.001"},
                              {"wd", "0,1e-3"},
                              {"l1", "0,1e-4"},
                              {"use_lr_scheduler", "false"}});
  ASSERT_EQ(lineup.size(), 12u) << "nothing of the schedule is left to vary";
  EXPECT_EQ(lineup[1].learning_rate, 0.01);
  EXPECT_EQ(lineup[3].wd, 1e-3);
  EXPECT_EQ(lineup[6].l1, 1e-4);
  EXPECT_EQ(lineup[0].schedule.type, ScheduleType::kConstant);
}

TEST(CandidateLineupTest, WhatDoesNotMatterDoesNotMultiply) {
  // momentum concerns sgd only, and only one of two init methods has a scale.
  EXPECT_EQ(Lineup({{"optimizer", "sgd,adam"}, {"momentum", "0,0.9"}}).size(),
            64u + 32u);
  EXPECT_EQ(
      Lineup({{"init_method", "uniform,normal"}, {"init_scale", "0.07,0.5"}})
          .size(),
      3 * 32u);
  EXPECT_EQ(Lineup({{"wd", "1,1,1.0"}}).size(), 8u);
  EXPECT_EQ(Lineup({{"use_lr_scheduler", "true,false"}}).size(), 32u + 8u);
}

TEST(CandidateLineupTest, LossParametersMayVary) {
  const auto lineup = Lineup({{"predictor_type", "regressor"},
                              {"loss", "quantile_loss"},
                              {"quantile", "0.1,0.5,0.9"}});
  ASSERT_EQ(lineup.size(), 96u);
  EXPECT_EQ(lineup[0].quantile, 0.1);
  EXPECT_EQ(lineup[95].quantile, 0.9);
  const auto balanced = Lineup({{"positive_example_weight_mult", "auto"}});
  ASSERT_EQ(balanced.size(), 64u);
  EXPECT_FALSE(balanced[31].balance_positive_examples);
  EXPECT_TRUE(balanced[32].balance_positive_examples);
}

TEST(CandidateLineupTest, AutomaticFloorStaysBelowASmallRate) {
  const auto lineup = Lineup({{"learning_rate", "5e-6"}});
  ASSERT_EQ(lineup.size(), 8u) << "both floors become the rate itself";
  for (const Candidate& c : lineup) EXPECT_EQ(c.schedule.At(1000), 5e-6);
}

TEST(CandidateLineupTest, WithoutBiasNoneIsTrained) {
  for (const Candidate& c : Lineup({{"use_bias", "false"}})) {
    EXPECT_EQ(c.bias_lr_mult, 0);
    EXPECT_EQ(c.init_bias, 0);
  }
}

TEST(CandidateLineupTest, NumModelsShortens) {
  const auto lineup = Lineup({{"num_models", "5"}});
  const auto whole = Lineup({});
  ASSERT_EQ(lineup.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(SameSetting(lineup[i], whole[i]));
}

TEST(CandidateLineupTest, NumModelsExtendsWithNearbyOnes) {
  const auto lineup = Lineup({{"num_models", "40"}, {"seed", "3"}});
  const auto whole = Lineup({});
  ASSERT_EQ(lineup.size(), 40u);
  for (int i = 0; i < 32; ++i) EXPECT_TRUE(SameSetting(lineup[i], whole[i]));
  for (int i = 32; i < 40; ++i) {
    const double factor = lineup[i].learning_rate / whole[i - 32].learning_rate;
    EXPECT_LT(std::abs(std::log10(factor)), 0.5);
    EXPECT_NE(factor, 1);
  }
  const auto again = Lineup({{"num_models", "36"}, {"seed", "3"}});
  for (int i = 0; i < 36; ++i) EXPECT_TRUE(SameSetting(lineup[i], again[i]));
  const auto other = Lineup({{"num_models", "40"}, {"seed", "4"}});
  EXPECT_FALSE(SameSetting(lineup[32], other[32]));
}

TEST(CandidateLineupTest, GivenValuesStayWhileAnythingElseCanVary) {
  for (const Candidate& c :
       Lineup({{"num_models", "32"}, {"learning_rate", "0.03"}})) {
    EXPECT_EQ(c.learning_rate, 0.03);
  }
  const auto lineup = Lineup({{"num_models", "8"},
                              {"learning_rate", "0.03"},
                              {"wd", "0.1"},
                              {"l1", "0"},
                              {"use_lr_scheduler", "false"}});
  ASSERT_EQ(lineup.size(), 8u);
  EXPECT_EQ(lineup[0].learning_rate, 0.03);
  EXPECT_NE(lineup[1].learning_rate, 0.03);
  EXPECT_EQ(lineup[1].l1, 0);
}

TEST(CandidateLineupTest, SampleFollowsSeedAndRanges) {
  const auto lineup = Lineup({{"candidate_sample", "50"}, {"seed", "1"}});
  ASSERT_EQ(lineup.size(), 50u);
  for (const Candidate& c : lineup) {
    EXPECT_GE(c.learning_rate, 1e-5);
    EXPECT_LE(c.learning_rate, 1);
    for (double penalty : {c.wd, c.l1}) {
      EXPECT_GE(penalty, 1e-7);
      EXPECT_LE(penalty, 1);
    }
    EXPECT_LE(c.schedule.minimum, c.learning_rate);
  }
  EXPECT_EQ(Distinct(lineup, Rate).size(), 50u);
  EXPECT_EQ(Distinct(lineup, Wd).size(), 50u);
  const auto shorter = Lineup({{"candidate_sample", "20"}, {"seed", "1"}});
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(SameSetting(lineup[i], shorter[i]));
  const auto other = Lineup({{"candidate_sample", "20"}, {"seed", "2"}});
  EXPECT_FALSE(SameSetting(lineup[0], other[0]));
}

TEST(CandidateLineupTest, SampleKeepsToWhatIsGiven) {
  const auto lineup = Lineup({{"candidate_sample", "60"},
                              {"wd", "0,0.5"},
                              {"optimizer", "sgd,adam"},
                              {"momentum", "0.9"}});
  EXPECT_THAT(Distinct(lineup, Wd), ElementsAre(0, 0.5));
  EXPECT_THAT(Distinct(lineup,
                       [](const Candidate& c) {
                         return static_cast<double>(c.optimizer);
                       }),
              ElementsAre(0, 1));
}

TEST(CandidateLineupTest, JsonOfACandidateMakesThatOne) {
  const std::vector<std::vector<NamedValue>> jobs = {
      {{"predictor_type", "binary_classifier"},
       {"optimizer", "sgd,adam,adagrad,rmsprop,ftrl"},
       {"positive_example_weight_mult", "auto"}},
      {{"predictor_type", "regressor"},
       {"loss", "huber_loss"},
       {"huber_delta", "0.5,2"},
       {"lr_schedule", "cosine,inverse_sqrt,constant"},
       {"init_method", "uniform,normal"}},
      {{"predictor_type", "binary_classifier"},
       {"loss", "hinge_loss"},
       {"margin", "0.5"},
       {"use_bias", "false"},
       {"use_lr_scheduler", "false"}},
  };
  for (const std::vector<NamedValue>& job : jobs) {
    const LossType loss = Parsed(job).loss;
    for (const Candidate& candidate : Lineup(job)) {
      nlohmann::json json = CandidateToJson(candidate, loss);
      json["predictor_type"] = job[0].value;
      json["loss"] = std::string(Name(loss));
      json["use_bias"] = candidate.bias_lr_mult > 0;
      std::vector<std::string> notes;
      const auto hp = ParseHyperparameters(
          {}, HyperparameterFile{"candidate", json.dump()}, &notes);
      ASSERT_TRUE(hp.ok()) << hp.status();
      EXPECT_THAT(notes, testing::IsEmpty());
      const auto lineup = MakeLineup(*hp);
      ASSERT_TRUE(lineup.ok()) << lineup.status();
      ASSERT_EQ(lineup->size(), 1u) << json;
      EXPECT_TRUE(SameSetting(lineup->front(), candidate)) << json;
    }
  }
}

TEST(CandidateLineupTest, ErrorsSayWhatToShorten) {
  const auto error = [](std::vector<NamedValue> flags) {
    return std::string(MakeLineup(Parsed(std::move(flags))).status().message());
  };
  const std::string ten = "1,2,3,4,5,6,7,8,9,10";
  EXPECT_EQ(error({{"l1", ten}, {"wd", ten}, {"beta_1", "0.8,0.9"}}),
            "the lineup would have 1600 candidates, at most 1024 are allowed; "
            "shorten the lists of wd (10 values), l1 (10 values), beta_1 (2 "
            "values), or draw some at random with candidate_sample");
  EXPECT_THAT(error({{"l1", ten},
                     {"wd", ten},
                     {"learning_rate", ten},
                     {"lr_scheduler_step", ten},
                     {"bias_lr_mult", ten}}),
              HasSubstr("would have more than 65536 candidates"));
  EXPECT_EQ(error({{"wd", "0,1"}, {"num_models", "4"}}),
            "num_models=4, but the lists of wd (2 values) make 16 candidates "
            "with what is on auto; leave num_models out, give single values to "
            "more hyperparameters, or draw 4 at random with "
            "candidate_sample=4");
  EXPECT_EQ(error({{"candidate_sample", "9"},
                   {"wd", "0,1"},
                   {"l1", "0"},
                   {"learning_rate", "0.1"},
                   {"use_lr_scheduler", "false"}}),
            "candidate_sample=9: the values given allow only 2 different "
            "candidates; leave learning_rate, wd or l1 on auto, or leave "
            "candidate_sample out for all of them");
}

}  // namespace
}  // namespace lineup
