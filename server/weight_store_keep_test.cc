// Dropping candidates: those that remain train as if nothing had happened.

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/row_set.h"
#include "gtest/gtest.h"
#include "server/weight_store.h"

namespace lineup {
namespace {

constexpr uint64_t kSeed = 42;
constexpr uint32_t kNumRows = 100;

Candidate Make(OptimizerType optimizer, double wd, double l1,
               double momentum = 0) {
  Candidate c;
  c.optimizer = optimizer;
  c.learning_rate = c.schedule.learning_rate = 0.05;
  c.schedule.factor = 0.9;
  c.schedule.step = 3;
  c.wd = wd;
  c.l1 = l1;
  c.momentum = momentum;
  c.init_bias = 0.125;
  return c;
}

// Candidates of every optimizer, with and without what each may have.
LineupColumns Columns(size_t outputs) {
  std::vector<Candidate> candidates = {
      Make(OptimizerType::kFtrl, 0.1, 0.01),
      Make(OptimizerType::kAdam, 0.01, 0),
      Make(OptimizerType::kSgd, 0, 0),
      Make(OptimizerType::kSgd, 0.1, 0.01, 0.9),
      Make(OptimizerType::kAdam, 0, 0.001),
      Make(OptimizerType::kAdagrad, 0.01, 0),
      Make(OptimizerType::kRmsprop, 0.01, 0.01),
      Make(OptimizerType::kAdam, 0, 0),
      Make(OptimizerType::kAdagrad, 0, 0),
      Make(OptimizerType::kSgd, 0.2, 0),
      Make(OptimizerType::kFtrl, 0, 0),
  };
  for (size_t i = 0; i < candidates.size(); ++i) candidates[i].index = i;
  candidates[7].bias_lr_mult = 0;
  return LineupColumns(candidates, outputs);
}

RowSet Rows(const std::set<uint32_t>& rows) {
  std::vector<uint32_t> grouped;
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
    for (const uint32_t row : rows) {
      if (StripeOfRow(row) == stripe) grouped.push_back(row);
    }
    begins[stripe + 1] = grouped.size();
  }
  return RowSet::Grouped(grouped, begins);
}

// The bias, and each feature with one chance in three.
RowSet RandomRows(SplitMix64* random) {
  std::set<uint32_t> rows = {kBiasRow};
  for (uint32_t row = 1; row < kNumRows; ++row) {
    if (random->Below(3) == 0) rows.insert(row);
  }
  return Rows(rows);
}

// A gradient that depends on the candidate, not on where its columns are.
// `diverged` gets infinities.
float Gradient(int index, size_t output, uint32_t row, uint32_t update,
               int diverged) {
  if (index == diverged) return std::numeric_limits<float>::infinity();
  const uint64_t hash = HashMix(index * 16 + output, row, update);
  return static_cast<float>(NormalFromHash(hash));
}

void Update(const RowSet& rows, int diverged, WeightStore* store) {
  const LineupColumns& columns = store->columns();
  const size_t width = columns.width();
  std::vector<WeightStore::RowRef> refs(rows.size());
  AlignedFloats weights(rows.size() * width);
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store->Read(rows, s, refs.data(), weights.data());
  }
  store->BeginUpdate();
  const uint32_t update = store->num_updates();
  const auto gradient = [&](size_t first, size_t stride, size_t count,
                            float* out) {
    std::fill(out, out + count * width, 0.0f);
    for (size_t j = 0; j < count; ++j) {
      const uint32_t row = rows.row(first + j * stride);
      for (size_t k = 0; k < width; ++k) {
        const int c = columns.candidate_of_column(k);
        if (c < 0) continue;
        out[j * width + k] =
            Gradient(columns.candidates()[c].index, k - columns.first_column(c),
                     row, update, diverged);
      }
    }
  };
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store->Update(rows, s, refs.data(), gradient, 0.5f);
  }
}

// The weights of one candidate (by its index) in all rows.
std::vector<float> WeightsOf(const WeightStore& store, int index) {
  const LineupColumns& columns = store.columns();
  std::vector<float> weights;
  AlignedFloats row(columns.width());
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    if (columns.candidates()[c].index != index) continue;
    for (uint32_t r = 0; r < kNumRows; ++r) {
      store.Peek(r, row.data());
      const float* const first = &row[columns.first_column(c)];
      weights.insert(weights.end(), first, first + columns.outputs());
    }
  }
  return weights;
}

void ExpectSameBits(const WeightStore& store, const WeightStore& twin) {
  for (const Candidate& candidate : store.columns().candidates()) {
    const std::vector<float> a = WeightsOf(store, candidate.index);
    const std::vector<float> b = WeightsOf(twin, candidate.index);
    ASSERT_EQ(a.size(), kNumRows * store.columns().outputs());
    ASSERT_EQ(a.size(), b.size());
    EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0)
        << "candidate " << candidate.index;
  }
}

void ExpectPaddingIsZero(const WeightStore& store) {
  AlignedFloats row(store.width());
  for (uint32_t r = 0; r < kNumRows; ++r) {
    store.Peek(r, row.data());
    for (size_t k = 0; k < store.width(); ++k) {
      if (store.columns().candidate_of_column(k) >= 0) continue;
      EXPECT_EQ(row[k], 0) << "row " << r << " column " << k;
    }
  }
}

// Keeps some candidates, twice, amid updates of random rows.
void TrainAndKeep(size_t outputs, uint64_t seed, int diverged) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  WeightStore store(Columns(outputs), kSeed);
  WeightStore twin(Columns(outputs), kSeed);
  SplitMix64 random(seed);
  for (int stage = 0; stage < 3; ++stage) {
    const uint64_t updates = random.Below(12);
    for (uint64_t t = 0; t < updates; ++t) {
      const RowSet rows = RandomRows(&random);
      Update(rows, diverged, &store);
      Update(rows, diverged, &twin);
    }
    std::vector<size_t> positions;
    const std::vector<Candidate>& now = store.columns().candidates();
    const size_t never_dropped = (diverged + 1 + seed) % 11;
    for (size_t c = 0; c < now.size(); ++c) {
      const size_t index = static_cast<size_t>(now[c].index);
      if (now[c].index == diverged) continue;
      if (index == never_dropped || random.Below(2) == 0) {
        positions.push_back(c);
      }
    }
    if (positions.empty()) positions.push_back(now.size() - 1);
    store.Keep(positions);
    ASSERT_EQ(store.columns().num_candidates(), positions.size());
    ExpectSameBits(store, twin);
    ExpectPaddingIsZero(store);
  }
  for (int t = 0; t < 10; ++t) {
    const RowSet rows = RandomRows(&random);
    Update(rows, diverged, &store);
    Update(rows, diverged, &twin);
  }
  ExpectSameBits(store, twin);
  ExpectPaddingIsZero(store);
  EXPECT_EQ(store.num_rows(), twin.num_rows());
}

TEST(WeightStoreKeepTest, TheOthersTrainToTheSameBits) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    TrainAndKeep(1, seed, -1);
    TrainAndKeep(3, seed, -1);
  }
}

TEST(WeightStoreKeepTest, ADivergedCandidateLeavesNoTrace) {
  for (int diverged = 0; diverged < 11; ++diverged) {
    TrainAndKeep(1, 7, diverged);
    TrainAndKeep(2, 8, diverged);
  }
}

// Alone, a candidate may need less state than with the others.
TEST(WeightStoreKeepTest, EachCandidateAlone) {
  for (size_t last = 0; last < 11; ++last) {
    WeightStore store(Columns(1), kSeed);
    WeightStore twin(Columns(1), kSeed);
    SplitMix64 random(last);
    for (int t = 0; t < 40; ++t) {
      if (t == 20) store.Keep({last});
      const RowSet rows = RandomRows(&random);
      Update(rows, -1, &store);
      Update(rows, -1, &twin);
    }
    EXPECT_EQ(store.width(), 8);
    ExpectSameBits(store, twin);
  }
}

TEST(WeightStoreKeepTest, BeforeTheFirstUpdate) {
  WeightStore store(Columns(1), kSeed);
  WeightStore twin(Columns(1), kSeed);
  AlignedFloats weights(store.width(), 0.0f);
  for (size_t k = 0; k < store.width(); ++k) {
    if (store.columns().candidate_of_column(k) >= 0) weights[k] = 0.25f + k;
  }
  store.SetWeights(17, weights.data());
  twin.SetWeights(17, weights.data());
  store.Keep({0, 5, 10});
  ExpectSameBits(store, twin);
  for (int t = 0; t < 3; ++t) {
    Update(Rows({0, 17, 33}), -1, &store);
    Update(Rows({0, 17, 33}), -1, &twin);
  }
  ExpectSameBits(store, twin);
}

TEST(WeightStoreKeepTest, RowsOfManyChunksMoveAndGiveMemoryBack) {
  // Rows of 192 and 96 KiB: chunks of 64 and 128 rows.
  std::vector<Candidate> candidates(2, Make(OptimizerType::kAdam, 0, 0));
  candidates[1].index = 1;
  candidates[1].wd = 0.1;  // or they would share their columns
  WeightStore store(LineupColumns(candidates, 8192), kSeed);
  const RowSet rows = RowSet::All(16 * 200);
  std::vector<WeightStore::RowRef> refs(rows.size());
  for (uint32_t s = 0; s < kNumStripes; s += 8) {
    store.Find(rows, s, refs.data());
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (StripeOfRow(i) % 8 == 0) refs[i].row[8192] = static_cast<float>(i);
  }
  const uint64_t bytes = store.bytes();
  store.Keep({1});
  EXPECT_EQ(store.num_rows(), 400);
  EXPECT_LT(store.bytes(), bytes * 0.51);
  AlignedFloats weights(store.width());
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if (StripeOfRow(row) % 8 != 0) continue;
    EXPECT_TRUE(store.Peek(row, weights.data()));
    EXPECT_EQ(weights[0], row);
  }
}

TEST(WeightStoreKeepDeathTest, SomeoneMustStay) {
  WeightStore store(Columns(1), kSeed);
  EXPECT_DEATH(store.Keep({}), "");
}

}  // namespace
}  // namespace lineup
