#include "common/data/libsvm_head.h"

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(LibsvmHeadTest, FindsTheRangeOfIds) {
  const LibsvmHead head =
      ReadLibsvmHead("1 3:1 7:2\n0 qid:1 2:5\r\n1 # 0:1\n", true);
  EXPECT_EQ(head.lowest_id, 2u);
  EXPECT_EQ(head.highest_id, 7u);
}

TEST(LibsvmHeadTest, LinesThatAreCutOffTellNothing) {
  EXPECT_EQ(ReadLibsvmHead("1 3:1\n0 0", false).lowest_id, 3u);
  EXPECT_EQ(ReadLibsvmHead("1 3:1\n0 0:1", false).lowest_id, 3u);
  EXPECT_EQ(ReadLibsvmHead("1 3:1\n0 0:1", true).lowest_id, 0u);
}

TEST(LibsvmHeadTest, NoIdsIsKnownFromTheBounds) {
  const LibsvmHead head = ReadLibsvmHead("1\n0 x:1 -5:2\n", true);
  EXPECT_EQ(head.lowest_id, UINT64_MAX);
  EXPECT_EQ(head.highest_id, 0u);
}

}  // namespace
}  // namespace lineup
