#include "common/linear/optimizer.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "common/linear/aligned.h"
#include "common/linear/candidate.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/optimizer_test_util.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(L1Test, WeightsBecomeExactlyZeroAndComeBack) {
  for (const OptimizerType type :
       {OptimizerType::kSgd, OptimizerType::kAdam, OptimizerType::kAdagrad,
        OptimizerType::kRmsprop}) {
    OneWeight weight(Make(type, 0.05, 0, 0.5), -0.3f);
    for (int t = 0; t < 300; ++t) weight.Update(t % 2 == 0 ? 0.1 : -0.1);
    EXPECT_EQ(weight.weight(), 0.0f) << Name(type);
    EXPECT_FALSE(std::signbit(weight.weight())) << Name(type);
    for (int t = 0; t < 300; ++t) weight.Update(-2);
    EXPECT_GT(weight.weight(), 0.1f) << Name(type);
  }
}

TEST(L1Test, FtrlLeavesZeroOnlyForASumOfGradientsAboveIt) {
  OneWeight weight(Make(OptimizerType::kFtrl, 0.05, 0, 0.5));
  for (int t = 0; t < 300; ++t) {
    weight.Update(t % 2 == 0 ? 0.4 : -0.4);
    ASSERT_EQ(weight.weight(), 0.0f);
    ASSERT_FALSE(std::signbit(weight.weight()));
  }
  weight.Update(-0.6);
  EXPECT_GT(weight.weight(), 0.0f);
}

// The proximal step of a single quadratic: sgd with L1 converges to the lasso
// solution of one weight, soft_threshold(target, l1).
TEST(L1Test, SgdFindsTheLassoSolution) {
  OneWeight weight(Make(OptimizerType::kSgd, 0.1, 0, 0.3));
  for (int t = 0; t < 500; ++t) weight.Update(weight.weight() - 1.0);
  EXPECT_NEAR(weight.weight(), 0.7, 1e-5);
}

TEST(BiasTest, StandsStillWithoutARate) {
  for (const OptimizerType type :
       {OptimizerType::kSgd, OptimizerType::kAdam, OptimizerType::kAdagrad,
        OptimizerType::kRmsprop, OptimizerType::kFtrl}) {
    Candidate still = Make(type, 0.1, 0.1, 0);
    still.bias_lr_mult = 0;
    Candidate moving = still;
    moving.bias_lr_mult = 1;
    // Alone, and beside one that moves.
    for (const auto& lineup : {std::vector<Candidate>{still, still},
                               std::vector<Candidate>{still, moving}}) {
      LineupOptimizer optimizer(LineupColumns(lineup, 1));
      AlignedFloats row(optimizer.row_floats(), 0.0f);
      row[0] = row[1] = 0.25f;
      optimizer.InitializeState(RowKind::kBias, row.data());
      const AlignedFloats sums(optimizer.width(), 1.0f);
      for (int t = 0; t < 3; ++t) {
        optimizer.BeginUpdate();
        optimizer.Update(RowKind::kBias, sums.data(), 1, row.data());
      }
      EXPECT_EQ(row[0], 0.25f) << Name(type);
      EXPECT_EQ(row[1] == 0.25f, lineup[1].bias_lr_mult == 0) << Name(type);
      EXPECT_TRUE(std::isfinite(row[1])) << Name(type);
    }
  }
}

TEST(FtrlTest, StateGivesTheWeightsItWasMadeFor) {
  for (const double l1 : {0.0, 0.4}) {
    for (const float start : {0.7f, -0.7f, 0.0f}) {
      OneWeight weight(Make(OptimizerType::kFtrl, 0.1, 0.5, l1), start);
      weight.Update(0);
      EXPECT_NEAR(weight.weight(), start, 1e-6) << l1 << " " << start;
    }
  }
}

// Settings that are in range, but not in single precision.
TEST(ExtremeSettingsTest, GiveFiniteWeights) {
  for (const OptimizerType type :
       {OptimizerType::kSgd, OptimizerType::kAdam, OptimizerType::kAdagrad,
        OptimizerType::kRmsprop, OptimizerType::kFtrl}) {
    Candidate c = Make(type, 1e-6, 0, 0);
    c.beta_1 = c.beta_2 = c.momentum = c.rmsprop_decay = 1 - 1e-12;
    c.epsilon = c.ftrl_beta = 1e-200;
    OneWeight weight(c, type == OptimizerType::kFtrl ? 0.0f : 0.5f);
    const float before = weight.weight();
    for (const double gradient : {0.0, 1.0, 1e-15, -1.0}) {
      weight.Update(gradient);
      EXPECT_NEAR(weight.weight(), before, 0.1f) << Name(type) << gradient;
    }
  }
}

TEST(DivergenceTest, StaysInItsColumn) {
  const LineupColumns columns(ManyCandidates(), 1);
  for (const float bad : {static_cast<float>(NAN), 1e38f,
                          std::numeric_limits<float>::infinity()}) {
    for (size_t sick = 0; sick < columns.num_candidates(); ++sick) {
      LineupOptimizer optimizer(columns);
      AlignedFloats healthy(optimizer.row_floats(), 0.0f);
      AlignedFloats infected = healthy;
      const size_t column = columns.first_column(sick);
      const LineupColumns& c = columns;
      for (int t = 0; t < 5; ++t) {
        AlignedFloats sums(columns.width(), 0.0f);
        for (size_t k = 0; k < c.width(); ++k) {
          if (c.candidate_of_column(k) >= 0) sums[k] = 0.1f * k - 1;
        }
        optimizer.CatchUp(t / 2, t, healthy.data());
        optimizer.CatchUp(t / 2, t, infected.data());
        optimizer.BeginUpdate();
        optimizer.Update(RowKind::kFeature, sums.data(), 1, healthy.data());
        sums[column] = bad;
        optimizer.Update(RowKind::kFeature, sums.data(), 1, infected.data());
      }
      EXPECT_TRUE(!std::isnan(bad) || std::isnan(infected[column])) << sick;
      for (size_t i = 0; i < healthy.size(); ++i) {
        if (i % columns.width() == column) continue;
        ASSERT_EQ(infected[i], healthy[i]) << "sick " << sick << " float " << i;
      }
    }
  }
}

// Four candidates of two series of rates, and as many more of other series as
// asked for.
LineupColumns ColumnsOfSeries(int others, size_t outputs = 1) {
  std::vector<Candidate> candidates;
  for (int i = 0; i < 4 + others; ++i) {
    candidates.push_back(Make(OptimizerType::kAdam, 0.05, 0.1 * (i + 1), 0.01));
    candidates.back().schedule =
        Schedule(ScheduleType::kStep, i < 4 ? 0.05 : 0.05 + 0.01 * i);
    if (i % 2 == 1) candidates.back().schedule.step = 3;
  }
  return LineupColumns(candidates, outputs);
}

// Trains a row that some updates do not touch, from update `from` on.
void TrainRow(int from, int to, LineupOptimizer* optimizer,
              AlignedFloats* row) {
  for (int t = from; t < to; ++t) {
    optimizer->BeginUpdate();
    if (t % 5 != 0) continue;
    AlignedFloats sums(optimizer->width(), 0.0f);
    for (size_t k = 0; k < 4; ++k) sums[k] = std::sin(t + 2.0f * k);
    optimizer->CatchUp(t < 5 ? 0 : t - 4, t, row->data());
    optimizer->Update(RowKind::kFeature, sums.data(), 1, row->data());
  }
}

TEST(RateSeriesTest, FewAndManyGiveTheSameBits) {
  LineupOptimizer few(ColumnsOfSeries(0)), many(ColumnsOfSeries(12));
  AlignedFloats row_of_few(few.row_floats(), 0.25f);
  AlignedFloats row_of_many(many.row_floats(), 0.25f);
  TrainRow(0, 101, &few, &row_of_few);
  TrainRow(0, 101, &many, &row_of_many);
  for (size_t v = 0; v < 3; ++v) {
    for (size_t k = 0; k < 4; ++k) {
      ASSERT_EQ(row_of_few[v * few.width() + k],
                row_of_many[v * many.width() + k])
          << "vector " << v << " column " << k;
    }
  }
  // Two of each kind of rates: the weights are not all alike.
  EXPECT_NE(row_of_few[0], row_of_few[1]);
}

TEST(RateSeriesTest, OfKeptCandidatesGoOn) {
  const std::vector<size_t> positions = {1, 2, 3};
  for (const int others : {0, 12}) {
    LineupOptimizer all(ColumnsOfSeries(others, 2));
    AlignedFloats row(all.row_floats(), 0.25f);
    TrainRow(0, 51, &all, &row);
    LineupOptimizer kept = all.GoOn(all.columns().Keep(positions), positions);
    std::vector<float> want(all.width()), got(kept.width());
    for (int t = 51; t < 80; ++t) {
      all.BeginUpdate();
      kept.BeginUpdate();
    }
    AlignedFloats kept_row(kept.row_floats(), 0.0f);
    for (size_t v = 0; v < 3; ++v) {
      std::copy_n(&row[v * all.width() + 2], 6, &kept_row[v * kept.width()]);
    }
    // From before the others were dropped.
    all.CaughtUp(30, 80, row.data(), {0, all.width()}, want.data());
    kept.CaughtUp(30, 80, kept_row.data(), {0, kept.width()}, got.data());
    for (size_t k = 0; k < 6; ++k) EXPECT_EQ(got[k], want[k + 2]) << others;
    EXPECT_NE(got[0], row[2]);
  }
}

// Wherever they begin and end within blocks.
TEST(CaughtUpTest, OfSomeColumnsIsThatOfAll) {
  for (const int others : {0, 12}) {
    LineupOptimizer optimizer(ColumnsOfSeries(others, 5));
    const size_t width = optimizer.width();
    AlignedFloats row(optimizer.row_floats(), 0.25f);
    TrainRow(0, 51, &optimizer, &row);
    for (const uint32_t last_update : {30u, 51u}) {
      AlignedFloats all(width);
      optimizer.CaughtUp(last_update, 51, row.data(), {0, width}, all.data());
      for (size_t first = 0; first < width; ++first) {
        for (size_t size = 1; size <= width - first; ++size) {
          std::vector<float> some(size + 2, -1.0f);
          optimizer.CaughtUp(last_update, 51, row.data(), {first, size},
                             &some[1]);
          ASSERT_TRUE(std::equal(some.begin() + 1, some.end() - 1, &all[first]))
              << first << " " << size;
          ASSERT_EQ(some.front(), -1.0f);
          ASSERT_EQ(some.back(), -1.0f);
        }
      }
    }
  }
}

class CatchUpTest : public testing::TestWithParam<OptimizerType> {};

// A row that is touched once and then left alone.
TEST_P(CatchUpTest, IsOneElasticNetStep) {
  Candidate c = Make(GetParam(), 0.01, 0.02, 0.003);
  c.momentum = 0.5;
  c.schedule = Schedule(ScheduleType::kStep, 0.01);
  for (const int gap : {1, 2, 57, 1023, 1024, 1025, 5000, 20000}) {
    OneWeight weight(c, 0.9f);
    for (int t = 1; t <= 3; ++t) weight.Update(0.5);
    const double before = weight.weight();
    double sum = 0;  // of h times the denominator
    for (int t = 4; t < 4 + gap; ++t) {
      weight.optimizer().BeginUpdate();
      double rate = c.schedule.At(t);
      if (GetParam() == OptimizerType::kAdam) {
        rate *=
            std::sqrt(1 - std::pow(c.beta_2, t)) / (1 - std::pow(c.beta_1, t));
      }
      sum += rate;
    }
    double denominator = 0;
    switch (GetParam()) {
      case OptimizerType::kSgd:
        denominator = 1 - c.momentum;
        break;
      case OptimizerType::kAdam:
        denominator = std::sqrt(double{weight.state(1)}) + c.epsilon;
        break;
      default:
        denominator = std::sqrt(double{weight.state(0)}) + c.epsilon;
    }
    const double h = sum / denominator;
    const double want = SoftThreshold(before, c.l1 * h) / (1 + c.wd * h);
    AlignedFloats peeked(weight.optimizer().width());
    weight.optimizer().CaughtUp(3, 3 + gap, weight.row(), {0, peeked.size()},
                                peeked.data());
    EXPECT_EQ(weight.weight(), static_cast<float>(before));
    weight.optimizer().CatchUp(3, 3 + gap, weight.row());
    EXPECT_EQ(weight.weight(), peeked[0]);
    EXPECT_NEAR(weight.weight(), want, 1e-3 * std::abs(want) + 1e-7)
        << "gap " << gap;
  }
}

TEST_P(CatchUpTest, CopiesWhatItCaughtUp) {
  const ScopedFlushDenormals flush;
  LineupOptimizer optimizer(
      LineupColumns({Make(GetParam(), 0.05, 0.1, 0.01)}, 3));
  for (int t = 0; t < 9; ++t) optimizer.BeginUpdate();
  for (const uint32_t last_update : {2u, 9u}) {
    AlignedFloats row(optimizer.row_floats(), 0.5f);
    AlignedFloats copied = row;
    AlignedFloats copy(optimizer.width() + 1, -1.0f);
    optimizer.CatchUp(last_update, 9, row.data());
    optimizer.CatchUpAndCopy(last_update, 9, copied.data(), &copy[1]);
    EXPECT_EQ(copied, row);
    EXPECT_TRUE(std::equal(copy.begin() + 1, copy.end(), row.begin()));
    EXPECT_EQ(copy[0], -1.0f);
  }
}

TEST_P(CatchUpTest, NothingMissedChangesNothing) {
  OneWeight weight(Make(GetParam(), 0.01, 0.02, 0.003), 0.9f);
  weight.Update(0.5);
  const float before = weight.weight();
  weight.optimizer().CatchUp(1, 1, weight.row());
  EXPECT_EQ(weight.weight(), before);
}

TEST_P(CatchUpTest, IsNotNeededWithoutPenalties) {
  EXPECT_FALSE(LineupOptimizer(LineupColumns({Make(GetParam(), 0.1, 0, 0)}, 1))
                   .needs_catch_up());
  EXPECT_TRUE(
      LineupOptimizer(LineupColumns({Make(GetParam(), 0.1, 1e-4, 0)}, 1))
          .needs_catch_up());
  EXPECT_TRUE(
      LineupOptimizer(LineupColumns({Make(GetParam(), 0.1, 0, 1e-4)}, 1))
          .needs_catch_up());
}

INSTANTIATE_TEST_SUITE_P(Optimizers, CatchUpTest,
                         testing::Values(OptimizerType::kSgd,
                                         OptimizerType::kAdam,
                                         OptimizerType::kAdagrad,
                                         OptimizerType::kRmsprop));

TEST(FtrlTest, NeedsNoCatchUp) {
  OneWeight weight(Make(OptimizerType::kFtrl, 0.1, 0.1, 0.1), 0.5f);
  EXPECT_FALSE(weight.optimizer().needs_catch_up());
  weight.optimizer().BeginUpdate();
  weight.optimizer().CatchUp(0, 1, weight.row());
  EXPECT_EQ(weight.weight(), 0.5f);
}

TEST(FtrlTest, IsLeftAloneBesideOthersThatCatchUp) {
  LineupOptimizer optimizer(
      LineupColumns({Make(OptimizerType::kFtrl, 0.1, 0.1, 0.1),
                     Make(OptimizerType::kSgd, 0.1, 0.1, 0)},
                    1));
  AlignedFloats row(optimizer.row_floats(), 0.0f);
  row[0] = 1;  // sgd
  row[8] = 1;  // ftrl
  optimizer.BeginUpdate();
  optimizer.CatchUp(0, 1, row.data());
  EXPECT_FLOAT_EQ(row[0], 1 / 1.01f);
  EXPECT_EQ(row[8], 1.0f);
}

// How far a constant gradient moves a weight in a second update.
double StepAt(OptimizerType optimizer, double damping) {
  OneWeight weight(Make(optimizer, 0.1, 0, 0), 0.0f);
  weight.Update(1);
  const double before = weight.weight();
  weight.Update(1, damping);
  return before - weight.weight();
}

TEST(RatesTest, AreDampedWhereTheyDoNotFallByThemselves) {
  for (const OptimizerType optimizer :
       {OptimizerType::kSgd, OptimizerType::kAdam, OptimizerType::kRmsprop}) {
    EXPECT_NEAR(StepAt(optimizer, 0.25), StepAt(optimizer, 1) / 4, 1e-7);
  }
  for (const OptimizerType optimizer :
       {OptimizerType::kAdagrad, OptimizerType::kFtrl}) {
    EXPECT_EQ(StepAt(optimizer, 0.25), StepAt(optimizer, 1));
  }
}

TEST(RatesTest, FollowTheSchedule) {
  Candidate c = Make(OptimizerType::kAdam, 0.1, 0, 0);
  c.schedule = Schedule(ScheduleType::kStep, 0.1);
  LineupOptimizer optimizer(
      LineupColumns({c, Make(OptimizerType::kSgd, 1, 0, 0)}, 1));
  EXPECT_EQ(optimizer.num_updates(), 0);
  EXPECT_EQ(optimizer.learning_rate(8), 0.1);
  for (int t = 1; t <= 20; ++t) {
    optimizer.BeginUpdate();
    EXPECT_EQ(optimizer.num_updates(), t);
    EXPECT_EQ(optimizer.learning_rate(0), 1);
    EXPECT_EQ(optimizer.learning_rate(8), c.schedule.At(t));
  }
}

TEST(StateTest, VectorsAreThoseOfTheHungriestOptimizer) {
  const auto vectors = [](std::vector<Candidate> lineup) {
    return LineupOptimizer(LineupColumns(std::move(lineup), 1))
        .num_state_vectors();
  };
  const Candidate sgd = Make(OptimizerType::kSgd, 0.1, 0, 0);
  Candidate momentum = sgd;
  momentum.momentum = 0.9;
  const Candidate adagrad = Make(OptimizerType::kAdagrad, 0.1, 0, 0);
  const Candidate ftrl = Make(OptimizerType::kFtrl, 0.1, 0, 0);
  EXPECT_EQ(vectors({sgd}), 0);
  EXPECT_EQ(vectors({momentum}), 1);
  EXPECT_EQ(vectors({sgd, adagrad}), 1);
  EXPECT_EQ(vectors({sgd, adagrad, ftrl}), 2);
}

}  // namespace
}  // namespace lineup
