#include "common/data/line_finder.h"

#include <string>

#include "common/data/dataset_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(LineFinderTest, CountsFromTheStart) {
  const std::string text = "1\n22\n\n4\n";
  LineFinder finder({WriteTestFile("a", text), text.size()});
  const uint64_t kLines[] = {1, 1, 2, 2, 2, 3, 4, 4, 5};
  for (const bool fresh : {false, true}) {
    for (size_t offset = 0; offset <= text.size(); ++offset) {
      // Without this the answer before is the start.
      ASSERT_TRUE(!fresh || finder.LineOf(0).ok());
      const auto line = finder.LineOf(offset);
      ASSERT_TRUE(line.ok()) << line.status();
      EXPECT_EQ(*line, kLines[offset]) << offset;
    }
  }
}

TEST(LineFinderTest, ReadsLongFilesInPieces) {
  std::string text;
  while (text.size() < 1000000) text += "1234567\n";
  LineFinder finder({WriteTestFile("a", text), text.size()});
  EXPECT_EQ(*finder.LineOf(800003), 100001u);
  EXPECT_EQ(*finder.LineOf(400000), 50001u);
}

TEST(LineFinderTest, SaysThatTheFileIsGone) {
  LineFinder finder({TestDirectory() + "/absent", 5});
  EXPECT_EQ(finder.LineOf(3).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace lineup
