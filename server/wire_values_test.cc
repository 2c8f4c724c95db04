#include "server/wire_values.h"

#include <utility>
#include <vector>

#include "common/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

LineupColumns Columns(size_t candidates, size_t outputs) {
  return LineupColumns(std::vector<Candidate>(candidates), outputs);
}

WireRows SomeRows(uint32_t num_rows) {
  OwnedRows::Slots slots;
  for (uint32_t s = 0; s < kNumSlots; s += 3) slots.set(s);
  return AllWireRows(OwnedRows(slots), num_rows);
}

// Numbers that bfloat16 holds exactly; padding is zero.
std::vector<float> Values(const WireRows& rows, const LineupColumns& columns) {
  std::vector<float> values(rows.size() * columns.width());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t c = 0; c < columns.width(); ++c) {
      if (columns.candidate_of_column(c) < 0) continue;
      values[i * columns.width() + c] = static_cast<float>((i * 7 + c) % 256);
    }
  }
  return values;
}

PayloadView Cut(absl::string_view bytes, uint64_t seed) {
  SplitMix64 random(seed);
  PayloadView view;
  while (!bytes.empty()) {
    const size_t n = 1 + random.Below(bytes.size());
    view.Append(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  return view;
}

TEST(WireValuesTest, ReadsWhatWasEncodedWhereverThePiecesEnd) {
  // Padded rows, rows as in memory, and long ones.
  for (const LineupColumns& columns :
       {Columns(3, 1), Columns(8, 1), Columns(5, 300)}) {
    const PackedColumns packed(columns);
    for (const WireRows& rows :
         {SomeRows(100), AllWireRows(OwnedRows::All(), 50)}) {
      const std::vector<float> values = Values(rows, columns);
      for (const FloatFormat format :
           {FloatFormat::kFloat32, FloatFormat::kBfloat16}) {
        const SendBuffer encoded =
            EncodeRows(format, packed, rows, values.data());
        EXPECT_EQ(encoded.size(), rows.size() * WireRowBytes(packed, format));
        for (uint64_t seed = 0; seed < 5; ++seed) {
          const PayloadView view =
              Cut(absl::string_view(encoded.data(), encoded.size()), seed);
          const WireValues wire(format, &packed, &view);
          std::vector<float> out(values.size(), -1);
          for (size_t i = 0; i < rows.size(); ++i) {
            wire.ReadRow(rows.position(i), &out[i * columns.width()]);
          }
          EXPECT_EQ(out, values);
        }
      }
    }
  }
}

TEST(WireValuesTest, RowsAreInTheOrderOfTheWireAndPacked) {
  const LineupColumns columns = Columns(3, 1);
  const PackedColumns packed(columns);
  // On the wire 0, 3, 6, ..., 18; in the row set 0, 3, 18, 6, ...
  const WireRows rows = SomeRows(20);
  std::vector<float> values(rows.size() * columns.width());
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t c = 0; c < 3; ++c) {
      values[i * columns.width() + c] = rows.rows.row(i) + 0.25f * c;
    }
  }
  const SendBuffer encoded =
      EncodeRows(FloatFormat::kFloat32, packed, rows, values.data());
  ASSERT_EQ(encoded.size(), 7 * 3 * sizeof(float));
  for (size_t p = 0; p < 7; ++p) {
    for (size_t c = 0; c < 3; ++c) {
      EXPECT_EQ(encoded.floats()[p * 3 + c], 3 * p + 0.25f * c);
    }
  }
}

TEST(WireValuesTest, KnowsWhenNothingNeedsToBeDone) {
  const WireRows all = AllWireRows(OwnedRows::All(), 50);
  const PackedColumns whole(Columns(8, 1));
  EXPECT_TRUE(SameOnTheWire(whole, FloatFormat::kFloat32, all));
  EXPECT_FALSE(SameOnTheWire(whole, FloatFormat::kBfloat16, all));
  EXPECT_FALSE(SameOnTheWire(whole, FloatFormat::kFloat32, SomeRows(50)));
  EXPECT_FALSE(
      SameOnTheWire(PackedColumns(Columns(3, 1)), FloatFormat::kFloat32, all));
}

}  // namespace
}  // namespace lineup
