#include "common/linear/candidate_lineup.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/linear/candidate_axes.h"
#include "common/linear/hyperparameter_table.h"

namespace lineup {
namespace {

// Streams of random numbers that must not meet.
constexpr uint64_t kSampleStream = 0x73616d706c65;
constexpr uint64_t kNearbyStream = 0x6e6561726279;

// Draws this often at most for each candidate of a sample that is to differ
// from the ones before.
constexpr uint64_t kMaxDraws = 100;

// Combinations are counted before those that are the same model are left out;
// beyond this they are not even listed.
constexpr uint64_t kMaxCombinations = 65536;

bool Contains(const std::vector<Candidate>& lineup, const Candidate& c) {
  return absl::c_any_of(
      lineup, [&](const Candidate& other) { return SameSetting(other, c); });
}

void AppendIfNew(Candidate candidate, std::vector<Candidate>* lineup) {
  if (Contains(*lineup, candidate)) return;
  candidate.index = static_cast<int>(lineup->size());
  lineup->push_back(std::move(candidate));
}

// "learning_rate (2 values), wd (3 values)": what the user may shorten.
std::string ListsGiven(const Hyperparameters& hp) {
  std::vector<std::string> lists;
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    const nlohmann::json value = info.get(hp);
    if (!info.accepts_list || !value.is_array()) continue;
    lists.push_back(absl::StrCat(info.name, " (", value.size(), " values)"));
  }
  return absl::StrJoin(lists, ", ");
}

uint64_t CountCombinations(const std::vector<CandidateAxis>& axes) {
  uint64_t count = 1;
  for (const CandidateAxis& axis : axes) {
    count *= axis.values.size();
    if (count > kMaxCombinations) return count;
  }
  return count;
}

absl::Status TooMany(const Hyperparameters& hp, absl::string_view count) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the lineup would have ", count, " candidates, at most ", kMaxCandidates,
      " are allowed; shorten the lists of ", ListsGiven(hp),
      ", or draw some at random with candidate_sample"));
}

// The `number`-th combination, the last axis varying fastest.
Candidate Combination(const Hyperparameters& hp, OptimizerType optimizer,
                      const std::vector<CandidateAxis>& axes, uint64_t number) {
  uint64_t stride = CountCombinations(axes);
  Candidate candidate;
  candidate.optimizer = optimizer;
  for (const CandidateAxis& axis : axes) {
    stride /= axis.values.size();
    axis.values[number / stride](&candidate);
    number %= stride;
  }
  Settle(hp, &candidate);
  return candidate;
}

absl::StatusOr<std::vector<Candidate>> MakeGrid(const Hyperparameters& hp) {
  std::vector<Candidate> lineup;
  for (OptimizerType optimizer : OptimizersOf(hp)) {
    const std::vector<CandidateAxis> axes = MakeAxes(hp, optimizer);
    const uint64_t count = CountCombinations(axes);
    if (count > kMaxCombinations) {
      return TooMany(hp, absl::StrCat("more than ", kMaxCombinations));
    }
    for (uint64_t i = 0; i < count; ++i) {
      AppendIfNew(Combination(hp, optimizer, axes, i), &lineup);
    }
  }
  if (lineup.size() > kMaxCandidates) {
    return TooMany(hp, absl::StrCat(lineup.size()));
  }
  return lineup;
}

absl::StatusOr<std::vector<Candidate>> MakeSample(const Hyperparameters& hp) {
  const std::vector<OptimizerType> optimizers = OptimizersOf(hp);
  std::vector<Candidate> lineup;
  const uint64_t wanted = static_cast<uint64_t>(hp.candidate_sample);
  for (uint64_t i = 0; i < wanted * kMaxDraws && lineup.size() < wanted; ++i) {
    SplitMix64 random(HashMix(hp.seed, kSampleStream, i));
    Candidate candidate;
    candidate.optimizer = optimizers[random.Below(optimizers.size())];
    for (const CandidateAxis& axis : MakeAxes(hp, candidate.optimizer)) {
      axis.draw(&random, &candidate);
    }
    Settle(hp, &candidate);
    AppendIfNew(std::move(candidate), &lineup);
  }
  if (lineup.size() == wanted) return lineup;
  return absl::InvalidArgumentError(absl::StrCat(
      "candidate_sample=", wanted, ": the values given allow only ",
      lineup.size(),
      " different candidates; leave learning_rate, wd or l1 on auto, or leave "
      "candidate_sample out for all of them"));
}

// "One model uses the given parameters, the rest close ones" (Amazon's words
// on num_models): what was given stays, unless nothing else is left to vary.
Candidate Nearby(const Hyperparameters& hp, const Candidate& base,
                 SplitMix64* random) {
  const bool all_given =
      !hp.learning_rate.empty() && !hp.wd.empty() && !hp.l1.empty();
  const double rate_factor = std::pow(10, random->Uniform() - 0.5);
  const double wd_factor = std::pow(10, 2 * random->Uniform() - 1);
  const double l1_factor = std::pow(10, 2 * random->Uniform() - 1);
  const double new_l1 = 1e-7 * std::pow(1e4, random->Uniform());
  const bool starts_l1 = random->Uniform() < 0.5;
  Candidate near = base;
  if (hp.learning_rate.empty() || all_given) near.learning_rate *= rate_factor;
  if (hp.wd.empty() || all_given) near.wd *= wd_factor;
  if (hp.l1.empty() || all_given) near.l1 *= l1_factor;
  if (hp.l1.empty() && base.l1 == 0 && starts_l1) near.l1 = new_l1;
  Settle(hp, &near);
  return near;
}

void Extend(const Hyperparameters& hp, size_t size,
            std::vector<Candidate>* lineup) {
  const size_t grid_size = lineup->size();
  for (uint64_t i = 0; lineup->size() < size; ++i) {
    SplitMix64 random(HashMix(hp.seed, kNearbyStream, i));
    AppendIfNew(Nearby(hp, (*lineup)[i % grid_size], &random), lineup);
  }
}

absl::Status Shorten(const Hyperparameters& hp, size_t size,
                     std::vector<Candidate>* lineup) {
  const std::string lists = ListsGiven(hp);
  if (!lists.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "num_models=", size, ", but the lists of ", lists, " make ",
        lineup->size(),
        " candidates with what is on auto; leave num_models "
        "out, give single values to more hyperparameters, or draw ",
        size, " at random with candidate_sample=", size));
  }
  lineup->resize(size);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Candidate>> MakeLineup(
    const Hyperparameters& hyperparameters) {
  if (hyperparameters.candidate_sample > 0) return MakeSample(hyperparameters);
  LINEUP_ASSIGN_OR_RETURN(std::vector<Candidate> lineup,
                          MakeGrid(hyperparameters));
  if (!hyperparameters.num_models.has_value()) return lineup;
  const size_t size = static_cast<size_t>(*hyperparameters.num_models);
  if (size < lineup.size()) {
    LINEUP_RETURN_IF_ERROR(Shorten(hyperparameters, size, &lineup));
  }
  Extend(hyperparameters, size, &lineup);
  return lineup;
}

}  // namespace lineup
