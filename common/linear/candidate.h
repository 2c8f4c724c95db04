// One candidate of the lineup: a complete setting of every hyperparameter that
// may differ from model to model. Nothing in it is left to be found out,
// except the two things that only the data tell, and say so below.
//
// Thread safety: a plain value.

#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_H_

#include "common/linear/schedule.h"
#include "common/linear/types.h"
#include "nlohmann/json.hpp"

namespace lineup {

struct Candidate {
  int index = 0;  // in the lineup, from 0

  OptimizerType optimizer = OptimizerType::kAdam;
  double wd = 0;               // L2, inside the gradient: g + wd * w
  double l1 = 0;               // L1, a proximal step
  double momentum = 0;         // sgd
  double beta_1 = 0.9;         // adam
  double beta_2 = 0.999;       // adam
  double epsilon = 1e-8;       // adam, rmsprop, adagrad
  double rmsprop_decay = 0.9;  // rmsprop: of the mean of squared gradients
  double ftrl_beta = 1;        // ftrl: McMahan et al. 2013, beta

  double learning_rate = 0.005;
  double bias_lr_mult = 10;  // bias rate = rate * this; 0: no bias
  double bias_wd_mult = 0;   // bias L2 = wd * bias_wd_mult

  // schedule.learning_rate equals learning_rate. A cosine's total_updates is
  // 0 until the job has counted its data.
  LearningRateSchedule schedule;

  InitMethod init_method = InitMethod::kUniform;
  double init_scale = 0.07;  // uniform
  double init_sigma = 0.01;  // normal
  double init_bias = 0;

  // Weight of an example with label 1 under a binary classifier's loss (label
  // 0 weighs 1). If balance_positive_examples, the job replaces it by
  // negatives / positives once it has counted them.
  double positive_example_weight_mult = 1;
  bool balance_positive_examples = false;

  double margin = 1;                 // hinge_loss
  double quantile = 0.5;             // quantile_loss
  double huber_delta = 1;            // huber_loss
  double loss_insensitivity = 0.01;  // both eps_insensitive losses
};

// Equal in everything but the index: such candidates train the same model.
bool SameSetting(const Candidate& a, const Candidate& b);

// Up to this update, it included, both train the same model, as SameUntil of
// schedules says: their settings differ in the schedule at most. 0: they do
// not.
int64_t SameUntil(const Candidate& a, const Candidate& b);

// The hyperparameters that matter to this candidate under this loss, by their
// own names: {"optimizer": "adam", "learning_rate": 0.005, "wd": 0.0001, …}.
// Given back as hyperparameters, with the job-wide ones, they make a lineup of
// this one candidate.
nlohmann::json CandidateToJson(const Candidate& candidate, LossType loss);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_H_
