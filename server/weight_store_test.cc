#include "server/weight_store.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/initial_weights.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr uint64_t kSeed = 42;

Candidate Make(OptimizerType optimizer, double wd, double l1) {
  Candidate c;
  c.optimizer = optimizer;
  c.learning_rate = c.schedule.learning_rate = 0.05;
  c.wd = wd;
  c.l1 = l1;
  c.init_bias = 0.125;
  return c;
}

// Candidates of every optimizer, three columns each.
LineupColumns Columns() {
  std::vector<Candidate> candidates = {
      Make(OptimizerType::kAdam, 0.01, 0),
      Make(OptimizerType::kAdam, 0, 0.001),
      Make(OptimizerType::kSgd, 0.1, 0.01),
      Make(OptimizerType::kFtrl, 0.1, 0.01),
      Make(OptimizerType::kAdagrad, 0.01, 0),
      Make(OptimizerType::kRmsprop, 0.01, 0.01),
  };
  for (size_t i = 0; i < candidates.size(); ++i) candidates[i].index = i;
  candidates[1].init_method = InitMethod::kNormal;
  return LineupColumns(candidates, 3);
}

// Rows grouped by stripe, as a sparse minibatch lists them.
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

class WeightStoreTest : public testing::Test {
 protected:
  WeightStoreTest() : columns_(Columns()), store_(columns_, kSeed) {}

  size_t width() const { return columns_.width(); }

  AlignedFloats Read(WeightStore& store, const RowSet& rows,
                     WeightStore::Noted noted = WeightStore::Noted::kUpToDate) {
    refs_.resize(rows.size());
    AlignedFloats out(rows.size() * width(), NAN);
    for (uint32_t s = 0; s < kNumStripes; ++s) {
      store.Read(rows, s, refs_.data(), out.data(), noted);
    }
    return out;
  }
  AlignedFloats Read(WeightStore& store, uint32_t row) {
    return Read(store, Rows({row}));
  }
  AlignedFloats Peek(const WeightStore& store, uint32_t row,
                     bool* found = nullptr) {
    AlignedFloats out(width(), NAN);
    const bool is_there = store.Peek(row, out.data());
    if (found != nullptr) *found = is_there;
    return out;
  }
  // An update whose gradient is `scale` times (row + column) in every column
  // that is not padding.
  void Update(WeightStore& store, const RowSet& rows, float scale,
              WeightStore::Noted noted = WeightStore::Noted::kUpToDate) {
    Read(store, rows, noted);
    store.BeginUpdate();
    for (uint32_t s = 0; s < kNumStripes; ++s) {
      store.Update(
          rows, s, refs_.data(),
          [&](size_t first, size_t stride, size_t count, float* out) {
            for (size_t j = 0; j < count; ++j) {
              const uint32_t row = rows.row(first + j * stride);
              for (size_t k = 0; k < width(); ++k) {
                const bool padding = columns_.candidate_of_column(k) < 0;
                out[j * width() + k] = padding ? 0 : scale * (row + k);
              }
            }
          },
          0.01f, 0, noted);
    }
  }

  const LineupColumns columns_;
  WeightStore store_;
  std::vector<WeightStore::RowRef> refs_;
};

TEST_F(WeightStoreTest, NewRowsHaveTheirInitialWeights) {
  const RowSet rows = Rows({0, 1, 16, 17, 1000000, 4294967295u});
  const AlignedFloats weights = Read(store_, rows);
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t k = 0; k < width(); ++k) {
      const int c = columns_.candidate_of_column(k);
      float want = 0;
      if (c >= 0) {
        const Candidate& candidate = columns_.candidates()[c];
        if (rows.row(i) == kBiasRow) {
          want = 0.125f;
        } else if (candidate.optimizer != OptimizerType::kFtrl) {
          want = InitialWeights(kSeed, rows.row(i))
                     .Of(candidate, k - columns_.first_column(c));
        }
      }
      EXPECT_EQ(weights[i * width() + k], want)
          << "row " << rows.row(i) << " column " << k;
    }
  }
  EXPECT_EQ(store_.num_rows(), 6);
}

TEST_F(WeightStoreTest, TheOrderOfCreationDoesNotMatter) {
  WeightStore other(columns_, kSeed);
  for (const uint32_t row : {5u, 21u, 300u}) Read(store_, row);
  for (const uint32_t row : {300u, 5u, 77u, 21u}) Read(other, row);
  for (const uint32_t row : {5u, 21u, 300u}) {
    EXPECT_EQ(Read(store_, row), Read(other, row));
  }
  WeightStore reseeded(columns_, kSeed + 1);
  EXPECT_NE(Read(store_, 5u), Read(reseeded, 5u));
}

TEST_F(WeightStoreTest, DenseAndSparseRowSetsGiveTheSame) {
  WeightStore other(columns_, kSeed);
  const AlignedFloats dense = Read(store_, RowSet::All(40));
  for (uint32_t row = 0; row < 40; ++row) {
    const AlignedFloats one = Read(other, row);
    for (size_t k = 0; k < width(); ++k) {
      ASSERT_EQ(dense[row * width() + k], one[k]);
    }
  }
}

// Whenever a row is first touched, it becomes what it would have been.
TEST_F(WeightStoreTest, ALateRowIsCaughtUpFromTheBeginning) {
  WeightStore early(columns_, kSeed);
  Read(early, 9);
  for (int t = 0; t < 5; ++t) {
    Update(store_, Rows({0, 3}), 0.1f);
    Update(early, Rows({0, 3}), 0.1f);
  }
  EXPECT_EQ(Read(store_, 9), Read(early, 9));
}

// Initial weights of what was never trained on would be noise in predictions.
TEST_F(WeightStoreTest, PeekGivesZerosForFeaturesThatTrainingHasNotMet) {
  EXPECT_EQ(Peek(store_, 3), AlignedFloats(width(), 0.0f));
  EXPECT_EQ(Peek(store_, kBiasRow), Read(store_, kBiasRow));
  Update(store_, Rows({0, 3}), 0.1f);
  EXPECT_EQ(Peek(store_, 10), AlignedFloats(width(), 0.0f));
  EXPECT_EQ(Peek(store_, 3), Read(store_, 3));
  EXPECT_NE(Peek(store_, 3), AlignedFloats(width(), 0.0f));
  // Training starts from the initial weights all the same.
  EXPECT_NE(Read(store_, 10), AlignedFloats(width(), 0.0f));
}

TEST_F(WeightStoreTest, PeekGivesTheBiasItsInitialValue) {
  const AlignedFloats bias = Peek(store_, kBiasRow);
  for (size_t k = 0; k < width(); ++k) {
    EXPECT_EQ(bias[k], columns_.candidate_of_column(k) < 0 ? 0.0f : 0.125f);
  }
  EXPECT_EQ(store_.num_rows(), 0);
}

TEST_F(WeightStoreTest, PeekGivesManyRowsAsItGivesEach) {
  // More than are looked for together, every third of them there.
  constexpr uint32_t kRows = 300 * kNumStripes;
  std::set<uint32_t> trained;
  for (uint32_t row = 0; row < kRows; row += 3) trained.insert(row);
  Update(store_, Rows(trained), 0.5f);
  Update(store_, Rows({0, 6, 30}), 0.5f);
  const RowSet rows = RowSet::Range(0, kRows);
  AlignedFloats out(rows.size() * width(), -1.0f);
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store_.Peek(rows, s, {0, width()}, out.data());
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    const AlignedFloats one = Peek(store_, rows.row(i));
    ASSERT_TRUE(std::equal(one.begin(), one.end(), &out[i * width()]))
        << "row " << rows.row(i);
  }
}

TEST_F(WeightStoreTest, PeekGivesSomeColumnsAsItGivesAll) {
  // One candidate after the other, and columns of several blocks.
  std::vector<ColumnRange> ranges = {{5, 14}};
  for (size_t c = 0; c < columns_.num_candidates(); ++c) {
    ranges.push_back(columns_.ColumnsOf(c));
  }
  // Row 20 has missed updates, and row 7 has never been met.
  const RowSet rows = Rows({0, 3, 7, 20});
  for (int round = 0; round < 2; ++round) {
    for (const ColumnRange& range : ranges) {
      AlignedFloats out(rows.size() * range.size + 1, -1.0f);
      for (uint32_t s = 0; s < kNumStripes; ++s) {
        store_.Peek(rows, s, range, out.data());
      }
      for (size_t i = 0; i < rows.size(); ++i) {
        const AlignedFloats all = Peek(store_, rows.row(i));
        for (size_t k = 0; k < range.size; ++k) {
          ASSERT_EQ(out[i * range.size + k], all[range.first + k])
              << "row " << rows.row(i) << " column " << range.first + k;
        }
      }
      EXPECT_EQ(out.back(), -1.0f);
    }
    // At first there is no row at all.
    Update(store_, Rows({0, 3, 20}), 0.5f);
    Update(store_, Rows({0, 3}), 0.5f);
  }
}

TEST_F(WeightStoreTest, PeekChangesNothing) {
  Update(store_, Rows({0, 3, 20}), 0.5f);
  Update(store_, Rows({0, 3}), 0.5f);
  WeightStore twin(columns_, kSeed);
  Update(twin, Rows({0, 3, 20}), 0.5f);
  Update(twin, Rows({0, 3}), 0.5f);
  const uint64_t rows = store_.num_rows(), bytes = store_.bytes();
  bool found = true;
  Peek(store_, 1000, &found);
  EXPECT_FALSE(found);
  for (const uint32_t row : {0u, 3u, 20u}) {
    const AlignedFloats peeked = Peek(store_, row, &found);
    EXPECT_TRUE(found);
    EXPECT_EQ(Peek(store_, row), peeked);
    EXPECT_EQ(Read(twin, row), peeked);
  }
  EXPECT_EQ(store_.num_rows(), rows);
  EXPECT_EQ(store_.bytes(), bytes);
  // Nor was the state behind the weights changed.
  Update(store_, Rows({0, 3, 20, 1000}), -0.3f);
  Update(twin, Rows({0, 3, 20, 1000}), -0.3f);
  for (const uint32_t row : {0u, 3u, 20u, 1000u}) {
    EXPECT_EQ(Read(store_, row), Read(twin, row));
  }
}

TEST_F(WeightStoreTest, ReadingTwiceIsReadingOnce) {
  Update(store_, Rows({0, 3, 20}), 0.5f);
  for (int t = 0; t < 3; ++t) Update(store_, Rows({0, 3}), 0.5f);
  const AlignedFloats once = Read(store_, 20);
  EXPECT_EQ(Read(store_, 20), once);
}

// Updates after gaps are those of an optimizer whose rows are caught up.
TEST_F(WeightStoreTest, UpdatesAfterGaps) {
  LineupOptimizer optimizer(columns_);
  constexpr uint32_t kRow = 33;
  AlignedFloats row(optimizer.row_floats(), 0.0f);
  const AlignedFloats initial = Read(store_, kRow);
  std::copy(initial.begin(), initial.end(), row.begin());
  optimizer.InitializeState(RowKind::kFeature, row.data());
  uint32_t last = 0;
  SplitMix64 random(1);
  for (uint32_t t = 1; t <= 40; ++t) {
    const bool touched = random.Below(4) == 0;
    std::set<uint32_t> rows = {0, 1, 2};
    if (touched) rows.insert(kRow);
    Update(store_, Rows(rows), 0.05f);
    optimizer.BeginUpdate();
    if (!touched) continue;
    optimizer.CatchUp(last, t - 1, row.data());
    AlignedFloats gradient(width(), 0.0f);
    for (size_t k = 0; k < width(); ++k) {
      if (columns_.candidate_of_column(k) >= 0) {
        gradient[k] = 0.05f * (kRow + k);
      }
    }
    optimizer.Update(RowKind::kFeature, gradient.data(), 0.01f, row.data());
    last = t;
    const AlignedFloats got = Peek(store_, kRow);
    for (size_t k = 0; k < width(); ++k) ASSERT_EQ(got[k], row[k]) << t;
  }
  EXPECT_GT(last, 20);
}

// A gradient may come late, when another lane has updated the model since.
TEST_F(WeightStoreTest, UpdateCatchesUpWhatOthersDidSinceRead) {
  const RowSet rows = Rows({0, 7});
  std::vector<WeightStore::RowRef> refs(rows.size());
  AlignedFloats weights(rows.size() * width());
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store_.Read(rows, s, refs.data(), weights.data());
  }
  Update(store_, Rows({0, 8}), 0.1f);  // the other lane's
  WeightStore twin(columns_, kSeed);
  Update(twin, Rows({0, 8}), 0.1f);
  Update(twin, rows, 0.0f);
  store_.BeginUpdate();
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store_.Update(
        rows, s, refs.data(),
        [&](size_t, size_t, size_t count, float* out) {
          std::fill(out, out + count * width(), 0.0f);
        },
        0.01f);
  }
  EXPECT_EQ(Read(store_, 7), Read(twin, 7));
  EXPECT_EQ(Read(store_, 0), Read(twin, 0));
}

// More rows of a stripe than are looked for ahead, and gaps to be caught up.
TEST_F(WeightStoreTest, AnUpdateNotedBeforehandIsTheSameUpdate) {
  WeightStore other(columns_, kSeed);
  SplitMix64 random(5);
  for (int step = 0; step < 12; ++step) {
    std::set<uint32_t> some = {kBiasRow};
    for (uint32_t row = 1; row < 6000; ++row) {
      if (random.Below(2) == 0) some.insert(row);
    }
    const RowSet rows = Rows(some);
    const float scale = 1e-3f * (step + 1);
    Update(store_, rows, scale);
    Update(other, rows, scale, WeightStore::Noted::kUpdated);
    const uint32_t row = static_cast<uint32_t>(random.Below(6000));
    ASSERT_EQ(Peek(other, row), Peek(store_, row)) << "row " << row;
  }
  for (uint32_t row = 0; row < 6000; ++row) {
    ASSERT_EQ(Peek(other, row), Peek(store_, row)) << "row " << row;
  }
}

TEST_F(WeightStoreTest, RowsThatAreReadToBeUpdatedLookUpToDate) {
  const RowSet rows = Rows({0, 1, 2, 17});
  Update(store_, rows, 0.1f);
  const AlignedFloats before = Read(store_, rows, WeightStore::Noted::kUpdated);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(Peek(store_, rows.row(i)),
              AlignedFloats(before.begin() + i * width(),
                            before.begin() + (i + 1) * width()));
  }
}

TEST_F(WeightStoreTest, PlacesAreWhereRowsLie) {
  const RowSet rows = Rows({0, 1, 2, 17, 33, 500});
  Update(store_, Rows({0, 2, 33}), 0.1f);
  Update(store_, Rows({0, 1}), 0.1f);
  refs_.resize(rows.size());
  WeightsOut::Places places(rows.size());
  uint32_t groups = 0;
  AlignedFloats copies(rows.size() * width(), -1.0f);
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store_.Read(rows, s, refs_.data(), {copies.data(), &groups, &places});
  }
  EXPECT_EQ(copies, AlignedFloats(copies.size(), -1.0f)) << "and no copies";
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(AlignedFloats(places[i], places[i] + width()),
              Peek(store_, rows.row(i)))
        << "row " << rows.row(i);
  }
}

TEST_F(WeightStoreTest, SetWeightsAreTheStart) {
  AlignedFloats weights(width(), 0.0f);
  for (size_t k = 0; k < width(); ++k) {
    if (columns_.candidate_of_column(k) >= 0) weights[k] = 0.5f - 0.01f * k;
  }
  for (const uint32_t row : {0u, 6u}) {
    store_.SetWeights(row, weights.data());
    EXPECT_EQ(Peek(store_, row), weights);
    EXPECT_EQ(Read(store_, row), weights);
  }
  // The first update moves them from there, those of ftrl, too.
  Update(store_, Rows({0, 6}), 1e-6f);
  const AlignedFloats moved = Peek(store_, 0);
  for (size_t k = 0; k < width(); ++k) {
    const int c = columns_.candidate_of_column(k);
    if (c < 0) continue;
    if (columns_.candidates()[c].optimizer != OptimizerType::kFtrl) continue;
    EXPECT_NEAR(moved[k], weights[k], 1e-4) << k;
    EXPECT_NE(moved[k], weights[k]) << k;
  }
}

TEST_F(WeightStoreTest, ManyRowsOfManyChunks) {
  // Rows of 40 KiB, so that chunks fill up soon.
  std::vector<Candidate> candidates(1, Make(OptimizerType::kAdam, 0, 0));
  WeightStore store(LineupColumns(candidates, 3400), kSeed);
  const RowSet rows = RowSet::All(16 * 500);
  std::vector<WeightStore::RowRef> refs(rows.size());
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    store.Find(rows, s, refs.data());
  }
  std::set<const float*> distinct;
  for (const WeightStore::RowRef& ref : refs) distinct.insert(ref.row);
  EXPECT_EQ(distinct.size(), rows.size());
  EXPECT_EQ(store.num_rows(), rows.size());
  EXPECT_GE(store.bytes(), rows.size() * 3 * 3400 * sizeof(float));
  for (const uint32_t row : {1u, 500u, 7999u}) {
    EXPECT_EQ(refs[row].row[3399],
              InitialWeights(kSeed, row).Of(candidates[0], 3399));
  }
}

// A weight that would become denormal becomes zero.
TEST_F(WeightStoreTest, DenormalWeightsAreFlushed) {
  const LineupColumns columns({Make(OptimizerType::kSgd, 18, 0)}, 1);
  WeightStore store(columns, kSeed);
  AlignedFloats weights(columns.width(), 0.0f);
  weights[0] = 0x1.8p-126f;  // wd * learning_rate = 0.9 of it are taken
  store.SetWeights(1, weights.data());
  const RowSet rows = Rows({1});
  WeightStore::RowRef ref;
  store.Read(rows, 1, &ref, weights.data());
  EXPECT_EQ(weights[0], 0x1.8p-126f);
  store.BeginUpdate();
  store.Update(
      rows, 1, &ref,
      [](size_t, size_t, size_t, float* out) { std::fill(out, out + 8, 0.0f); },
      1.0f);
  store.Peek(1, weights.data());
  EXPECT_EQ(weights[0], 0.0f);
}

}  // namespace
}  // namespace lineup
