#include "common/data/csv_parser.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/parse_all.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// label, a, b
CsvLayout Layout() {
  CsvLayout layout;
  layout.num_features = 2;
  layout.targets = {2, 0, 1};
  layout.names = {"y", "a", "b"};
  return layout;
}

Parsed ParseCsv(const CsvLayout& layout, absl::string_view text,
                LabelDomain domain = {}) {
  CsvParser parser(layout, domain, {}, text.size());
  return ParseAll(&parser, text);
}

TEST(CsvParserTest, PutsColumnsWhereTheLayoutSays) {
  const Parsed parsed = ParseCsv(Layout(), "1,2.5,-3\n0,4e2,.5\n");
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_FALSE(parsed.block.sparse);
  EXPECT_EQ(parsed.block.num_features, 2u);
  EXPECT_EQ(parsed.block.size(), 2u);
  EXPECT_THAT(parsed.block.labels, ElementsAre(1, 0));
  EXPECT_THAT(parsed.block.values, ElementsAre(2.5f, -3, 400, 0.5f));

  CsvLayout other = Layout();
  other.targets = {1, 3, 0, 2};  // b, weight, a, label
  other.names.clear();
  other.weighted = true;
  const Parsed moved = ParseCsv(other, "1,2,3,4\n5,6,7,8\n");
  EXPECT_THAT(moved.block.labels, ElementsAre(4, 8));
  EXPECT_THAT(moved.block.weights, ElementsAre(2, 6));
  EXPECT_THAT(moved.block.values, ElementsAre(3, 1, 7, 5));
}

TEST(CsvParserTest, AllWaysOfWritingARowReadTheSame) {
  for (const char* text :
       {"1,2.5,-3\n", "1,2.5,-3\r\n", " 1 , 2.5 , -3 \n", "\"1\",\"2.5\",-3\n",
        "+1,25e-1,-3.0\n", "\n\r\n1,2.5,-3\n\n", "1,\t2.5,-3\n",
        "1.0000000000000000000,2.5000000000000000000,-3\n"}) {
    const Parsed parsed = ParseCsv(Layout(), text);
    EXPECT_THAT(parsed.errors, IsEmpty()) << text;
    EXPECT_THAT(parsed.block.labels, ElementsAre(1)) << text;
    EXPECT_THAT(parsed.block.values, ElementsAre(2.5f, -3)) << text;
    EXPECT_EQ(parsed.consumed, std::string(text).size());
  }
}

TEST(CsvParserTest, GoesOnAfterABadRow) {
  const Parsed parsed =
      ParseCsv(Layout(), "1,2,3\n1,x,3\n1,2\n0,5,6\n1,2,\"3\n7,8,9\n");
  EXPECT_THAT(parsed.block.labels, ElementsAre(1, 0, 7));
  EXPECT_THAT(parsed.block.values, ElementsAre(2, 3, 5, 6, 8, 9));
  EXPECT_THAT(
      parsed.errors,
      ElementsAre(
          "8:2 (a): found \"x\", expected a number; encode text as numbers "
          "first (one column a category, 0 or 1)",
          "14:2 (a): found 2 columns, expected 3 as in the first line; "
          "correct the row, check --delimiter, or skip such rows with "
          "--max-bad-records",
          "26:3 (b): found \"\\\"3\", expected a closing quote before the end "
          "of the record; close it"));
}

TEST(CsvParserTest, ChecksLabelsAndWeights) {
  CsvLayout layout = Layout();
  layout.weighted = true;
  layout.targets = {2, 0, 1, 3};
  layout.names = {};
  const Parsed parsed = ParseCsv(layout, "2,0,0,1\n1,0,0,-1\n1,0,0,0\n",
                                 {LabelDomain::kClasses, 2});
  EXPECT_THAT(parsed.block.labels, ElementsAre(1));
  EXPECT_THAT(
      parsed.errors,
      ElementsAre(
          "0:1 (label): found 2, expected a class from 0 to 1 (num_classes is "
          "2); check --label and --num_classes",
          "14:4 (weight): found -1, expected a weight of 0 or more; check "
          "--weight"));
}

TEST(CsvParserTest, StopsAtTheLimitsOfABlock) {
  const std::string text = "1,2,3\n4,5,6\n7,8,9\n";
  const PaddedText padded(text);
  CsvParser parser(Layout(), {}, {2, 1 << 20}, text.size());
  Examples block;
  EXPECT_EQ(parser.Parse(padded.text(), true, &block).consumed, 12u);
  EXPECT_EQ(block.size(), 2u);
  EXPECT_EQ(parser.Parse(padded.text().substr(12), true, &block).consumed, 0u);
  Examples next;
  EXPECT_EQ(parser.Parse(padded.text().substr(12), true, &next).consumed, 6u);
  EXPECT_THAT(next.values, ElementsAre(8, 9));
}

TEST(CsvParserTest, AsksForMoreTextInsideAQuotedField) {
  CsvLayout layout = Layout();
  layout.dialect.multiline = true;
  const PaddedText padded("1,2,\"3\n");
  CsvParser parser(layout, {}, {}, 7);
  Examples block;
  const ParseResult more = parser.Parse(padded.text(), false, &block);
  EXPECT_EQ(more.consumed, 0u);
  EXPECT_FALSE(more.error);
  const ParseResult bad = parser.Parse(padded.text(), true, &block);
  EXPECT_EQ(bad.consumed, 7u);
  ASSERT_TRUE(bad.error);
  EXPECT_EQ(bad.error->position, 3u);
}

TEST(CsvParserTest, BlocksGrowToAnySize) {
  std::mt19937 random(3);
  std::string text;
  AlignedFloats expected;
  for (int i = 0; i < 20000; ++i) {
    const float a = static_cast<int>(random() % 2000) - 1000;
    absl::StrAppend(&text, "0,", a, ",", i, "\n");
    expected.push_back(a);
    expected.push_back(i);
  }
  const PaddedText padded(text);
  CsvParser parser(Layout(), {}, {}, /*expected_bytes=*/10);
  Examples block;
  EXPECT_EQ(parser.Parse(padded.text(), true, &block).consumed, text.size());
  EXPECT_EQ(block.values, expected);
}

}  // namespace
}  // namespace lineup
