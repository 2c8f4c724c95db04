#include "worker/lineup_kernel.h"

#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr size_t kExamples = 70;
constexpr uint32_t kFeatures = 9;

// Candidates 0, 2 and 3 are the same until 0.1 falls below 0.03; 1 weighs
// positive examples otherwise.
LineupColumns Columns() {
  std::vector<Candidate> candidates(4);
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& c = candidates[i];
    c.index = static_cast<int>(i);
    c.learning_rate = c.schedule.learning_rate = 0.1;
    c.schedule.type = ScheduleType::kStep;
    c.schedule.factor = 0.5;
    c.schedule.minimum = i == 2 ? 0.03 : 0;
  }
  candidates[1].positive_example_weight_mult = 3;
  candidates[3].schedule.minimum = 0.01;
  return LineupColumns(std::move(candidates), 1);
}

class LineupKernelTest : public testing::Test {
 protected:
  LineupKernelTest() {
    SplitMix64 random(1);
    examples_.num_features = kFeatures;
    std::vector<ExampleRef> refs;
    for (uint32_t i = 0; i < kExamples; ++i) {
      examples_.labels.push_back(random.Below(2));
      for (uint32_t f = 0; f < kFeatures; ++f) {
        examples_.values.push_back(2 * random.Uniform() - 1);
      }
    }
    for (uint32_t i = 0; i < kExamples; ++i) refs.push_back({&examples_, i});
    MinibatchBuilder().Build(refs, &minibatch_);
    // By row, those of candidate 1 and of the others.
    for (size_t i = 0; i < 2 * minibatch_.rows.size(); ++i) {
      weights_.push_back(random.Uniform() - 0.5);
    }
  }

  // The weights of the columns of some candidates.
  AlignedFloats WeightsOf(const std::vector<size_t>& candidates) const {
    const LineupColumns some = columns_.Keep(candidates);
    AlignedFloats weights(minibatch_.rows.size() * some.width());
    for (size_t i = 0; i < minibatch_.rows.size(); ++i) {
      for (size_t c = 0; c < candidates.size(); ++c) {
        weights[i * some.width() + some.first_column(c)] =
            weights_[2 * i + (candidates[c] == 1 ? 1 : 0)];
      }
    }
    return weights;
  }

  Examples examples_;
  Minibatch minibatch_;
  std::vector<float> weights_;
  const LineupColumns columns_ = Columns();
  const CandidateGroupings groupings_{columns_};
  const std::vector<float> no_class_weights_;
  ThreadPool pool_{2};
};

// Whichever groups the weights are of, in any order.
TEST_F(LineupKernelTest, GroupsHaveTheBitsOfTheirCandidates) {
  LineupKernel all(LossType::kLogistic, &columns_, &groupings_,
                   &no_class_weights_, &pool_);
  all.Compute(minibatch_, WeightsOf({0, 1, 2, 3}).data(), 0);
  EXPECT_EQ(all.groups(), 0);
  ASSERT_EQ(all.loss_sums().size(), 4);
  EXPECT_GT(all.loss_sums()[1], all.loss_sums()[0]) << "weighs more";
  const size_t rows = minibatch_.rows.size();
  AlignedFloats all_rows(rows * all.width());
  all.GradientRows(0, 1, rows, all_rows.data());

  struct Case {
    uint32_t groups;
    std::vector<size_t> first;
  };
  LineupKernel kernel(LossType::kLogistic, &columns_, &groupings_,
                      &no_class_weights_, &pool_);
  for (const Case& c : std::vector<Case>{{2, {0, 1}},
                                         {3, {0, 1, 2}},
                                         {0, {0, 1, 2, 3}},
                                         {2, {0, 1}},
                                         {4, {0, 1, 2, 3}}}) {
    kernel.Compute(minibatch_, WeightsOf(c.first).data(), c.groups);
    EXPECT_EQ(kernel.groups(), c.groups);
    for (size_t candidate = 0; candidate < 4; ++candidate) {
      EXPECT_EQ(kernel.loss_sums()[candidate], all.loss_sums()[candidate]);
    }
    const LineupColumns some = columns_.Keep(c.first);
    AlignedFloats some_rows(rows * some.width());
    kernel.GradientRows(0, 1, rows, some_rows.data());
    for (size_t i = 0; i < rows; ++i) {
      for (size_t k = 0; k < c.first.size(); ++k) {
        ASSERT_EQ(some_rows[i * some.width() + some.first_column(k)],
                  all_rows[i * all.width() + columns_.first_column(c.first[k])])
            << "row " << i << " of " << c.groups << " groups";
      }
    }
  }
}

TEST_F(LineupKernelTest, NoGroupsButThoseThatThereAre) {
  LineupKernel kernel(LossType::kLogistic, &columns_, &groupings_,
                      &no_class_weights_, &pool_);
  EXPECT_DEATH(kernel.Compute(minibatch_, weights_.data(), 1), "1 groups");
}

}  // namespace
}  // namespace lineup
