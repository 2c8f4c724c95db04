// Forgetting rows of slots that go elsewhere, and taking over others.

#include <array>
#include <bitset>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/row_set.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/weight_store.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Rows are of stripe 3 (slots 3, 19, 35, ...), of which a chunk has 256.
constexpr uint32_t kStripe = 3;
constexpr uint32_t kChunkRows = 256;
constexpr uint64_t kSeed = 7;
using Slots = std::bitset<kNumSlots>;

LineupColumns Columns() {
  Candidate candidate;
  candidate.optimizer = OptimizerType::kAdam;
  return LineupColumns({candidate}, 4096);
}

uint32_t RowNumber(uint32_t n) { return kStripe + n * kNumStripes; }

Slots SlotsOf(const std::vector<uint32_t>& rows) {
  Slots slots;
  for (const uint32_t row : rows) slots.set(SlotOfRow(row));
  return slots;
}

class WeightStoreSlotsTest : public testing::Test {
 protected:
  // Rows in this order, each marked by its number.
  void Insert(const std::vector<uint32_t>& rows) {
    for (const uint32_t row : rows) {
      AlignedFloats vectors(3 * store_.width());
      vectors[0] = static_cast<float>(row);
      vectors[2 * store_.width()] = 0.5f * static_cast<float>(row);
      store_.Insert(row, /*last_update=*/0, vectors.data());
    }
  }
  void InsertUpTo(uint32_t count) {
    for (uint32_t n = 0; n < count; ++n) Insert({RowNumber(n)});
  }

  // The rows that there are, with what they were marked by.
  std::vector<uint32_t> Rows() const {
    std::vector<uint32_t> rows;
    store_.ForEachRow(kStripe, WeightStore::Shown::kAsTheyLie,
                      [&](uint32_t row, uint32_t, const float* vectors) {
                        EXPECT_EQ(vectors[0], static_cast<float>(row));
                        EXPECT_EQ(vectors[2 * store_.width()], 0.5f * row);
                        rows.push_back(row);
                      });
    EXPECT_EQ(store_.num_rows(), rows.size());
    return rows;
  }

  WeightStore store_{Columns(), kSeed};
};

TEST_F(WeightStoreSlotsTest, OfNoRowsNothingIsForgotten) {
  store_.KeepSlots(kStripe, Slots());
  EXPECT_THAT(Rows(), IsEmpty());
}

TEST_F(WeightStoreSlotsTest, AllMayStay) {
  InsertUpTo(kChunkRows + 1);
  const std::vector<uint32_t> before = Rows();
  const uint64_t bytes = store_.bytes();
  store_.KeepSlots(kStripe, Slots().set());
  EXPECT_EQ(Rows(), before);
  EXPECT_EQ(store_.bytes(), bytes);
}

TEST_F(WeightStoreSlotsTest, NoneMayStay) {
  InsertUpTo(kChunkRows + 1);
  const uint64_t bytes = store_.bytes();
  store_.KeepSlots(kStripe, Slots());
  EXPECT_THAT(Rows(), IsEmpty());
  EXPECT_LT(store_.bytes(), bytes / 100) << "their memory is given back";
  // They may come again.
  AlignedFloats weights(store_.width());
  EXPECT_FALSE(store_.Peek(RowNumber(5), weights.data()));
  Insert({RowNumber(5), RowNumber(0)});
  EXPECT_THAT(Rows(), ElementsAre(RowNumber(0), RowNumber(5)));
}

TEST_F(WeightStoreSlotsTest, TheFirstOrTheLastMayStay) {
  Insert({RowNumber(2), RowNumber(1), RowNumber(0)});
  store_.KeepSlots(kStripe, SlotsOf({RowNumber(0), RowNumber(2)}));
  EXPECT_THAT(Rows(), ElementsAre(RowNumber(0), RowNumber(2)));
  store_.KeepSlots(kStripe, SlotsOf({RowNumber(0)}));
  EXPECT_THAT(Rows(), ElementsAre(RowNumber(0)));
}

TEST_F(WeightStoreSlotsTest, RowsComeFromLaterChunks) {
  InsertUpTo(3 * kChunkRows);
  // One row of sixteen, from all of them.
  store_.KeepSlots(kStripe, SlotsOf({RowNumber(15)}));
  std::vector<uint32_t> expected;
  for (uint32_t n = 15; n < 3 * kChunkRows; n += 16) {
    expected.push_back(RowNumber(n));
  }
  EXPECT_EQ(Rows(), expected);
  // What is taken over lies beside them, and is in nobody's way.
  WeightStore other(Columns(), kSeed);
  std::swap(store_, other);
  InsertUpTo(2 * kChunkRows);
  std::swap(store_, other);
  store_.CopyRows(kStripe, other, ~SlotsOf({RowNumber(15)}));
  EXPECT_EQ(store_.num_rows(), expected.size() + 2 * kChunkRows * 15 / 16);
  Rows();
}

TEST_F(WeightStoreSlotsTest, OtherStripesAreNotTouched) {
  InsertUpTo(16);
  store_.KeepSlots(kStripe + 1, Slots());
  EXPECT_EQ(Rows().size(), 16u);
}

// A default, until the columns are known.
TEST(WeightStoreTest, OfNoCandidatesIsEmpty) {
  WeightStore store{LineupColumns(), kSeed};
  EXPECT_EQ(store.num_rows(), 0u);
  EXPECT_EQ(store.width(), 0u);
  store.KeepSlots(kStripe, Slots());
  EXPECT_EQ(store.num_rows(), 0u);
}

}  // namespace
}  // namespace lineup
