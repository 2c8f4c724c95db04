#include "common/rpc/payload.h"

#include <string>

#include "gtest/gtest.h"

namespace lineup {
namespace {

std::string Next(PayloadReader& reader, size_t size) {
  std::string out(size, '?');
  reader.Read(&out[0], size);
  return out;
}

TEST(PayloadTest, ReadsWithinAndAcrossPieces) {
  PayloadView payload;
  payload.Append("abc");
  payload.Append("");
  payload.Append("d");
  payload.Append("efgh");
  EXPECT_EQ(payload.size(), 8u);
  EXPECT_EQ(payload.pieces().size(), 3u);
  PayloadReader reader(payload);
  EXPECT_EQ(Next(reader, 2), "ab");
  EXPECT_EQ(Next(reader, 0), "");
  EXPECT_EQ(Next(reader, 4), "cdef");
  EXPECT_EQ(reader.remaining(), 2u);
  EXPECT_EQ(Next(reader, 2), "gh");
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(Next(reader, 0), "");
}

TEST(PayloadTest, Skips) {
  PayloadView payload;
  payload.Append("abc");
  payload.Append("def");
  PayloadReader reader(payload);
  reader.Skip(1);
  EXPECT_EQ(Next(reader, 1), "b");
  reader.Skip(2);
  EXPECT_EQ(Next(reader, 1), "e");
  reader.Skip(1);
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(PayloadTest, MayBeEmpty) {
  const PayloadView payload;
  EXPECT_TRUE(payload.empty());
  PayloadReader reader(payload);
  EXPECT_EQ(reader.remaining(), 0u);
  EXPECT_EQ(Next(reader, 0), "");
}

}  // namespace
}  // namespace lineup
