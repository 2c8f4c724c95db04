#include "common/data/block_form.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

Examples Dense() {
  Examples block;
  block.num_features = 3;
  block.values = {0, 2, 0, 0, 0, 0, 4, 0, -6};
  block.labels = {1, 0, 1};
  block.weights = {1, 2, 3};
  return block;
}

TEST(BlockFormTest, LeavesZerosOut) {
  const Examples sparse = ToSparse(Dense());
  EXPECT_TRUE(sparse.sparse);
  EXPECT_EQ(sparse.size(), 3u);
  EXPECT_EQ(sparse.num_features, 3u);
  EXPECT_THAT(sparse.feature_ids, ElementsAre(1, 0, 2));
  EXPECT_THAT(sparse.values, ElementsAre(2, 4, -6));
  EXPECT_THAT(sparse.row_starts, ElementsAre(0, 1, 1, 3));
  EXPECT_THAT(sparse.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(sparse.weights, ElementsAre(1, 2, 3));
}

TEST(BlockFormTest, ComesBack) {
  const Examples dense = ToDense(ToSparse(Dense()), 3);
  EXPECT_FALSE(dense.sparse);
  EXPECT_EQ(dense.values, Dense().values);
  EXPECT_EQ(dense.labels, Dense().labels);
  EXPECT_EQ(dense.weights, Dense().weights);
  // To more features, if the sparse ones did not reach the last.
  EXPECT_THAT(ToDense(ToSparse(Dense()), 4).values,
              ElementsAre(0, 2, 0, 0, 0, 0, 0, 0, 4, 0, -6, 0));
}

TEST(BlockFormTest, UnlabelledBlocksKeepTheirSize) {
  Examples dense = Dense();
  dense.labels.clear();
  dense.weights.clear();
  EXPECT_EQ(ToSparse(dense).size(), 3u);
  EXPECT_EQ(ToDense(ToSparse(dense), 3).size(), 3u);
}

}  // namespace
}  // namespace lineup
