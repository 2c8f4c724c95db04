#include "server/wire_rows.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A field and the memory of its rows.
class Field {
 public:
  explicit Field(std::vector<uint32_t> rows) : rows_(std::move(rows)) {
    field_.rows.Append(
        absl::string_view(reinterpret_cast<const char*>(rows_.data()),
                          rows_.size() * sizeof(uint32_t)));
  }
  const RowsField* get() const { return &field_; }

 private:
  std::vector<uint32_t> rows_;
  RowsField field_;
};

RowsField AllRows(uint32_t num_rows) {
  RowsField field;
  field.all_rows = num_rows;
  return field;
}

OwnedRows OddSlots() {
  OwnedRows::Slots slots;
  for (uint32_t s = 1; s < kNumSlots; s += 2) slots.set(s);
  return OwnedRows(slots);
}

std::vector<uint32_t> RowsOf(const WireRows& rows) {
  std::vector<uint32_t> result;
  for (size_t i = 0; i < rows.size(); ++i) result.push_back(rows.rows.row(i));
  return result;
}

// The rows in the order of the wire.
std::vector<uint32_t> WireOrder(const WireRows& rows) {
  std::vector<uint32_t> result(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    result[rows.position(i)] = rows.rows.row(i);
  }
  return result;
}

std::string Problem(const std::vector<const RowsField*>& parts,
                    const OwnedRows& owned, uint32_t max_rows) {
  const absl::Status status = ReadWireRows(parts, owned, max_rows).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return std::string(status.message());
}

TEST(WireRowsTest, AllRowsOfAServerThatHasAll) {
  const RowsField field = AllRows(40);
  const auto rows = ReadWireRows({&field}, OwnedRows::All(), 0);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(rows->rows.is_all());
  EXPECT_TRUE(rows->in_order());
  EXPECT_EQ(rows->size(), 40u);
}

TEST(WireRowsTest, AllRowsOfAServerThatHasSomeAreAscendingOnTheWire) {
  const RowsField field = AllRows(40);
  const auto rows = ReadWireRows({&field}, OddSlots(), 40);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 20u);
  // Grouped by row modulo 16 in the row set.
  EXPECT_THAT(RowsOf(*rows), ElementsAre(1, 17, 33, 3, 19, 35, 5, 21, 37, 7, 23,
                                         39, 9, 25, 11, 27, 13, 29, 15, 31));
  EXPECT_THAT(WireOrder(*rows),
              ElementsAre(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29,
                          31, 33, 35, 37, 39));
}

TEST(WireRowsTest, PartsOfAllRowsMakeUpTheWhole) {
  std::vector<uint32_t> joined;
  for (uint32_t part = 0; part < 3; ++part) {
    const std::vector<uint32_t> rows =
        WireOrder(AllWireRows(OddSlots(), 40, part, 3));
    EXPECT_EQ(rows.size(), NumRows(AllRows(40), OddSlots(), part, 3));
    joined.insert(joined.end(), rows.begin(), rows.end());
  }
  EXPECT_EQ(joined, WireOrder(AllWireRows(OddSlots(), 40)));
}

TEST(WireRowsTest, ListedRowsKeepTheirOrder) {
  const Field one({33, 1, 17, 3});
  const Field two({35, 255});
  const auto rows = ReadWireRows({one.get(), two.get()}, OddSlots(), 256);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(rows->in_order());
  EXPECT_THAT(RowsOf(*rows), ElementsAre(33, 1, 17, 3, 35, 255));
  EXPECT_EQ(rows->rows.count(1), 3u);
  EXPECT_EQ(rows->rows.count(3), 2u);
  EXPECT_EQ(rows->rows.count(15), 1u);
  EXPECT_EQ(NumRows(*two.get(), OddSlots(), 1, 2), 2u);
}

TEST(WireRowsTest, NoRowsAreAllowed) {
  const RowsField none;
  const auto rows = ReadWireRows({&none}, OddSlots(), 256);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(RowsOf(*rows), IsEmpty());
}

TEST(WireRowsTest, SaysWhatIsWrong) {
  const Field beyond({1, 257});
  EXPECT_EQ(Problem({beyond.get()}, OddSlots(), 257),
            "row 257 is beyond the job's 257 rows");
  const Field elsewhere({2});
  EXPECT_EQ(Problem({elsewhere.get()}, OddSlots(), 0),
            "row 2 (slot 2) is not on this server");
  const Field mixed({3, 1});
  EXPECT_EQ(Problem({mixed.get()}, OddSlots(), 0),
            "rows are not grouped by row modulo 16: row 1 follows one of group "
            "3");
  const Field one({3});
  const Field earlier({1});
  EXPECT_EQ(Problem({one.get(), earlier.get()}, OddSlots(), 0),
            "rows are not grouped by row modulo 16: row 1 follows one of group "
            "3");
  RowsField odd;
  odd.rows.Append("12345");
  EXPECT_EQ(Problem({&odd}, OddSlots(), 0),
            "row numbers have 4 bytes each, but 5 bytes were sent");
  const RowsField all = AllRows(40);
  EXPECT_EQ(Problem({&all}, OddSlots(), 39),
            "all_rows is 40, but the job has 39 rows");
  EXPECT_EQ(Problem({&all, one.get()}, OddSlots(), 40),
            "parts of one call say all_rows 40 and 0");
  RowsField both = *one.get();
  both.all_rows = 40;
  EXPECT_EQ(Problem({&both}, OddSlots(), 40),
            "a call has both all_rows and rows");
}

}  // namespace
}  // namespace lineup
