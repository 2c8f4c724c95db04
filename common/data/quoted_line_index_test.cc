#include "common/data/quoted_line_index.h"

#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

QuotedLineIndex Index(absl::string_view text, uint64_t begin,
                      uint64_t split_bytes, size_t step) {
  QuotedLineIndex index(begin, split_bytes);
  for (size_t at = 0; at < text.size(); at += step) {
    index.Add(text.substr(at, step));
  }
  return index;
}

TEST(QuotedLineIndexTest, FindsEndsOfLinesInQuotes) {
  EXPECT_FALSE(Index("1,2\n3,4\n", 0, 1, 100).multiline());
  EXPECT_FALSE(Index("\"1\",2\n\"3\",4\n", 0, 1, 100).multiline());
  EXPECT_TRUE(Index("\"1\n\",2\n3,4\n", 0, 1, 100).multiline());
  // A stray quote.
  EXPECT_FALSE(Index("1,5\" pipe\n3,4\n", 0, 1, 100).multiline());
}

TEST(QuotedLineIndexTest, StartsAreRecords) {
  const std::string text = "\"a\nb\",1\nc,2\n\n\"\"\"\n\",3\nd";
  const QuotedLineIndex index = Index(text, 100, 1, 100);
  ASSERT_TRUE(index.multiline());
  EXPECT_THAT(index.starts(), ElementsAre(100, 108, 112, 113, 121));
  EXPECT_THAT(Index(text, 100, 10, 100).starts(), ElementsAre(100, 112, 121));
}

// Against a plain loop, with pieces of every length.
TEST(QuotedLineIndexTest, AgreesWithALoopOnRandomText) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const size_t size = random() % 300;
    while (text.size() < size) text += "ab,\"\n"[random() % 5];
    const uint64_t begin = random() % 50;
    const uint64_t split_bytes = 1 + random() % 40;
    std::vector<uint64_t> starts = {begin};
    bool inside = false;
    bool quoted_newline = false;
    uint64_t target = begin + split_bytes;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"') inside = !inside;
      if (text[i] != '\n') continue;
      if (inside) quoted_newline = true;
      const uint64_t start = begin + i + 1;
      if (inside || start < target) continue;
      starts.push_back(start);
      while (target <= start) target += split_bytes;
    }
    const size_t step = 1 + random() % 130;
    const QuotedLineIndex index = Index(text, begin, split_bytes, step);
    ASSERT_EQ(index.starts(), starts) << text;
    ASSERT_EQ(index.multiline(), quoted_newline && !inside) << text;
  }
}

}  // namespace
}  // namespace lineup
