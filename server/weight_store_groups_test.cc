// Candidates that share columns until their schedules differ: each trains to
// the same bits as if it were alone.

#include <cstring>
#include <vector>

#include "common/base/random.h"
#include "common/base/thread_pool.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/row_set.h"
#include "gtest/gtest.h"
#include "server/weight_store.h"

namespace lineup {
namespace {

constexpr uint64_t kSeed = 42;
constexpr uint32_t kNumRows = 64;

Candidate Make(int index, OptimizerType optimizer, double wd, double l1,
               double minimum) {
  Candidate c;
  c.index = index;
  c.optimizer = optimizer;
  c.learning_rate = c.schedule.learning_rate = 0.1;
  c.schedule.type = ScheduleType::kStep;
  c.schedule.factor = 0.5;
  c.schedule.step = 5;
  c.schedule.minimum = minimum;
  c.wd = wd;
  c.l1 = l1;
  return c;
}

// The minima 0.02 and 0.005 are reached in updates 16 and 26.
std::vector<Candidate> Lineup() {
  std::vector<Candidate> lineup;
  for (const double minimum : {0.001, 0.02, 0.005}) {
    for (const OptimizerType optimizer :
         {OptimizerType::kAdam, OptimizerType::kSgd, OptimizerType::kAdagrad,
          OptimizerType::kFtrl}) {
      for (const double wd : {0.0, 0.05}) {
        const int index = static_cast<int>(lineup.size());
        lineup.push_back(Make(index, optimizer, wd, wd / 10, minimum));
      }
    }
  }
  return lineup;
}

// As its weights tell it: those of candidates that are the same are the same.
void Update(const RowSet& rows, uint64_t step, WeightStore* store) {
  const LineupColumns& columns = store->columns();
  const size_t width = store->width();
  if (store->must_tell_apart()) {
    ThreadPool pool(2);
    store->TellApart(&pool);
  }
  std::vector<WeightStore::RowRef> refs(rows.size());
  AlignedFloats weights(rows.size() * width);
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store->Read(rows, s, refs.data(), weights.data());
  }
  store->BeginUpdate();
  const auto gradient = [&](size_t first, size_t stride, size_t count,
                            float* out) {
    std::fill(out, out + count * width, 0.0f);
    for (size_t j = 0; j < count; ++j) {
      const size_t i = first + j * stride;
      for (size_t k = 0; k < width; ++k) {
        const int c = columns.candidate_of_column(k);
        if (c < 0) continue;
        const size_t output = k - columns.first_column(c);
        const float noise = static_cast<float>(
            NormalFromHash(HashMix(output, rows.row(i), step)));
        out[j * width + k] = weights[i * width + k] + noise;
      }
    }
  };
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store->Update(rows, s, refs.data(), gradient, 0.5f);
  }
}

RowSet RandomRows(SplitMix64* random) {
  std::vector<uint32_t> grouped;
  std::array<uint32_t, kNumStripes + 1> begins{};
  std::vector<bool> taken(kNumRows);
  for (uint32_t row = 0; row < kNumRows; ++row) {
    taken[row] = row == kBiasRow || random->Below(3) == 0;
  }
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    for (uint32_t row = s; row < kNumRows; row += kNumStripes) {
      if (taken[row]) grouped.push_back(row);
    }
    begins[s + 1] = static_cast<uint32_t>(grouped.size());
  }
  return RowSet::Grouped(grouped, begins);
}

// All columns of one candidate, in all rows.
std::vector<float> WeightsOf(const WeightStore& store, size_t candidate) {
  const RowSet rows = RowSet::All(kNumRows);
  const ColumnRange columns = store.columns().ColumnsOf(candidate);
  std::vector<float> weights(rows.size() * columns.size);
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store.Peek(rows, s, columns, weights.data());
  }
  return weights;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class WeightStoreGroupsTest : public testing::TestWithParam<size_t> {
 protected:
  WeightStoreGroupsTest() {
    for (const Candidate& c : Lineup()) {
      alone_.emplace_back(LineupColumns({c}, outputs()), kSeed);
    }
  }

  size_t outputs() const { return GetParam(); }

  void Train(int updates) {
    for (int t = 0; t < updates; ++t) {
      const RowSet rows = RandomRows(&random_);
      ++step_;
      Update(rows, step_, &together_);
      for (WeightStore& store : alone_) Update(rows, step_, &store);
    }
  }

  void ExpectTheSame(const WeightStore& store) const {
    ASSERT_EQ(store.num_updates(), alone_[0].num_updates());
    for (size_t c = 0; c < store.columns().num_candidates(); ++c) {
      const int index = store.columns().candidates()[c].index;
      EXPECT_TRUE(SameBits(WeightsOf(store, c), WeightsOf(alone_[index], 0)))
          << "candidate " << index << " after update " << store.num_updates();
    }
    ExpectGroupsOf(store);
    // All columns of a row are those of the candidates, and zeros.
    AlignedFloats row(store.width());
    for (uint32_t r = 0; r < kNumRows; ++r) {
      store.Peek(r, row.data());
      for (size_t k = 0; k < store.width(); ++k) {
        const int c = store.columns().candidate_of_column(k);
        const float want =
            c < 0 ? 0
                  : WeightsOf(
                        store,
                        c)[r * outputs() + k - store.columns().first_column(c)];
        ASSERT_EQ(row[k], want) << "row " << r << " column " << k;
      }
    }
  }

  // What is peeked at of groups is what their candidates have.
  void ExpectGroupsOf(const WeightStore& store) const {
    const CandidateGroups& groups = store.groups();
    const LineupColumns columns = store.columns().Keep(groups.first_of_group());
    std::vector<float> all(kNumRows * columns.width(), -1.0f);
    for (uint32_t s = 0; s < kNumStripes; ++s) {
      store.PeekGroups(RowSet::All(kNumRows), s, all.data());
    }
    for (size_t c = 0; c < store.columns().num_candidates(); ++c) {
      std::vector<float> weights;
      for (uint32_t row = 0; row < kNumRows; ++row) {
        const float* const first =
            &all[row * columns.width() +
                 columns.first_column(groups.group_of(c))];
        weights.insert(weights.end(), first, first + outputs());
      }
      EXPECT_TRUE(SameBits(weights, WeightsOf(store, c))) << "candidate " << c;
    }
  }

  WeightStore together_{LineupColumns(Lineup(), GetParam()), kSeed};
  std::vector<WeightStore> alone_;
  SplitMix64 random_{1};
  uint64_t step_ = 0;
};

TEST_P(WeightStoreGroupsTest, EachTrainsAsIfItWereAlone) {
  uint64_t bytes = 0;
  for (const int update : {0, 7, 15, 16, 20, 25, 26, 40}) {
    Train(update - static_cast<int>(step_));
    ExpectTheSame(together_);
    if (update == 15) {
      EXPECT_LE(together_.bytes(), together_.bytes_told_apart());
      bytes = together_.bytes();
    }
  }
  // One block of columns is as wide as less than one.
  if (outputs() > 1) {
    EXPECT_GT(together_.bytes(), bytes);
  }
  EXPECT_EQ(together_.bytes(), together_.bytes_told_apart());
}

// What one store shows another one takes and trains on, before and after any
// of them is told apart.
TEST_P(WeightStoreGroupsTest, RowsGoOnInAnotherStore) {
  for (const int update : {5, 15, 20, 30}) {
    Train(update - static_cast<int>(step_));
    for (const WeightStore::Shown shown :
         {WeightStore::Shown::kAsTheyLie, WeightStore::Shown::kUpToDate}) {
      WeightStore other = together_.Empty();
      for (uint32_t s = 0; s < kNumStripes; ++s) {
        together_.ForEachRow(
            s, shown, [&](uint32_t row, uint32_t last, const float* vectors) {
              other.Insert(row, last, vectors);
            });
      }
      EXPECT_EQ(other.bytes(), together_.bytes());
      ExpectTheSame(other);
      if (shown == WeightStore::Shown::kAsTheyLie) together_ = std::move(other);
    }
  }
  Train(5);
  ExpectTheSame(together_);
}

TEST_P(WeightStoreGroupsTest, ThoseThatStayGoOnWhenOthersAreDropped) {
  for (const int update : {5, 15, 20, 30}) {
    Train(update - static_cast<int>(step_));
    // The first of some groups goes, and the only one of others.
    std::vector<size_t> positions;
    for (size_t c = 0; c < together_.columns().num_candidates(); ++c) {
      if (random_.Below(4) != 0) positions.push_back(c);
    }
    together_.Keep(positions);
    ASSERT_EQ(together_.columns().num_candidates(), positions.size());
    ExpectTheSame(together_);
  }
  Train(3);
  ExpectTheSame(together_);
}

TEST_P(WeightStoreGroupsTest, WeightsThatAreSetMustBeThoseOfAllOfAGroup) {
  AlignedFloats weights(together_.width());
  const LineupColumns& columns = together_.columns();
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    for (size_t o = 0; o < outputs(); ++o) {
      weights[columns.first_column(c) + o] = 0.5f + static_cast<float>(o);
    }
  }
  EXPECT_TRUE(together_.SetWeights(7, weights.data()));
  AlignedFloats held(together_.width());
  EXPECT_TRUE(together_.Peek(7, held.data()));
  EXPECT_EQ(held, weights);
  AlignedFloats different = weights;
  different[columns.first_column(8)] += 1;  // 0, 8 and 16 are a group
  EXPECT_FALSE(together_.SetWeights(7, different.data()));
  EXPECT_TRUE(together_.Peek(7, held.data()));
  EXPECT_EQ(held, weights);
}

INSTANTIATE_TEST_SUITE_P(Outputs, WeightStoreGroupsTest, testing::Values(1, 3));

TEST(WeightStoreGroupsDeathTest, NobodyIsLeftTogetherForTooLong) {
  WeightStore store(LineupColumns(Lineup(), 1), kSeed);
  for (int t = 0; t < 15; ++t) store.BeginUpdate();
  EXPECT_TRUE(store.must_tell_apart());
  EXPECT_DEATH(store.BeginUpdate(), "must_tell_apart");
}

}  // namespace
}  // namespace lineup
