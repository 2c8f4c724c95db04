#include "common/data/sparse_row.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

TEST(SparseRowTest, SortsValuesWithTheirIds) {
  std::vector<uint32_t> ids = {7, 2, 4294967295, 0};
  std::vector<float> values = {1, 2, 3, 4};
  EXPECT_FALSE(SortSparseRow(absl::MakeSpan(ids), absl::MakeSpan(values)));
  EXPECT_THAT(ids, ElementsAre(0, 2, 7, 4294967295));
  EXPECT_THAT(values, ElementsAre(4, 2, 1, 3));
}

TEST(SparseRowTest, LeavesASortedRowAlone) {
  std::vector<uint32_t> ids = {0, 5};
  std::vector<float> values = {2, 1};
  EXPECT_FALSE(SortSparseRow(absl::MakeSpan(ids), absl::MakeSpan(values)));
  EXPECT_THAT(values, ElementsAre(2, 1));
  EXPECT_FALSE(SortSparseRow({}, {}));
}

TEST(SparseRowTest, FindsAnIdThatOccursTwice) {
  std::vector<uint32_t> ids = {3, 1, 3};
  std::vector<float> values = {1, 1, 1};
  EXPECT_EQ(SortSparseRow(absl::MakeSpan(ids), absl::MakeSpan(values)), 3u);
  ids = {1, 1};
  values = {1, 2};
  EXPECT_EQ(SortSparseRow(absl::MakeSpan(ids), absl::MakeSpan(values)), 1u);
}

}  // namespace
}  // namespace lineup
