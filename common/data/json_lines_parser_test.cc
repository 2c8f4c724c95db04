#include "common/data/json_lines_parser.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/data/parse_all.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Parsed ParseJsonLines(absl::string_view text, TensorLayout layout,
                      LabelDomain domain = {}) {
  JsonLinesParser parser(layout, domain, {}, text.size());
  return ParseAll(&parser, text);
}

TEST(JsonLinesParserTest, ReadsLinesOfAnyForm) {
  const std::string text =
      "{\"features\":[1.5,16,-14e-1]}\n"
      "\n \r\n"
      "{\"data\": {\"features\": {\"values\": [1, 2, 3]}}}\r\n"
      "{\"data\":{\"features\":{\"keys\":[2,0],\"shape\":[3],"
      "\"values\":[4,5]}},\"label\":8}";
  const Parsed dense = ParseJsonLines(text, {false, 3, false});
  EXPECT_THAT(dense.errors, IsEmpty());
  EXPECT_EQ(dense.consumed, text.size());
  EXPECT_FALSE(dense.block.sparse);
  EXPECT_EQ(dense.block.num_features, 3u);
  EXPECT_THAT(dense.block.labels, IsEmpty());
  EXPECT_THAT(dense.block.values,
              ElementsAre(1.5f, 16, -1.4f, 1, 2, 3, 5, 0, 4));

  const Parsed sparse = ParseJsonLines(text, {true, 3, false});
  EXPECT_TRUE(sparse.block.sparse);
  EXPECT_THAT(sparse.block.row_starts, ElementsAre(0, 3, 6, 8));
  EXPECT_THAT(sparse.block.feature_ids, ElementsAre(0, 1, 2, 0, 1, 2, 0, 2));
}

TEST(JsonLinesParserTest, ReportsPlacesAndGoesOn) {
  const Parsed parsed = ParseJsonLines(
      "{\"label\":1,\"features\":[1,2]}\n"
      "{\"label\":1,\"features\":[1]}\n"
      "{\"label\":7,\"features\":[3,4]}\n"
      "{\"features\":[5,6]}\n"
      "{\"features\":[5,\n"
      "{\"label\":0,\"features\":[7,8]}\n",
      {false, 2, true}, {LabelDomain::kBinary});
  EXPECT_THAT(parsed.block.labels, ElementsAre(1, 0));
  EXPECT_THAT(parsed.block.values, ElementsAre(1, 2, 7, 8));
  EXPECT_THAT(
      parsed.errors,
      ElementsAre(
          "51:23 (): found 1 feature, expected 2 (feature_dim is 2); correct "
          "the record, or skip such records with --max-bad-records",
          "65:10 (label): found 7, expected a label of 0 or 1 (or -1 and 1) "
          "for a binary_classifier; check --label and --predictor_type",
          "97:13 (label): found no label, expected one; correct the record, or "
          "skip such records with --max-bad-records",
          "119:16 (): not valid JSON: syntax error while parsing value - "
          "unexpected end of input; expected '[', '{', or a literal"));
}

TEST(JsonLinesParserTest, LeavesAnUnfinishedLineAndWhatIsTooMuch) {
  const std::string line = "{\"features\":[1]}\n";
  const PaddedText padded(line + line + "{\"features\":");
  JsonLinesParser parser({false, 1, false}, {}, {}, 100);
  Examples block;
  EXPECT_EQ(parser.Parse(padded.text(), false, &block).consumed,
            2 * line.size());
  EXPECT_EQ(block.size(), 2u);

  JsonLinesParser limited({true, 1, false}, {}, {1, 1 << 20}, 100);
  block = Examples();
  EXPECT_EQ(limited.Parse(padded.text(), false, &block).consumed, line.size());
  EXPECT_EQ(limited.Parse(padded.text(), false, &block).consumed, 0u);
  EXPECT_EQ(block.size(), 1u);
}

TEST(JsonLinesParserTest, FindsTheLayoutInTheFirstGoodRecord) {
  TensorLayout layout;
  RecordError error;
  EXPECT_EQ(
      FindJsonLinesLayout("\n{\"features\":[1,2]", false, &layout, &error),
      LayoutResult::kIncomplete);
  EXPECT_EQ(
      FindJsonLinesLayout("\n{\"features\":[1,2]}", true, &layout, &error),
      LayoutResult::kFound);
  EXPECT_FALSE(layout.sparse);
  EXPECT_FALSE(layout.labelled);
  EXPECT_EQ(layout.num_features, 2u);
  const std::string sparse =
      "{\"label\":1,\"data\":{\"features\":{\"keys\":[5],\"shape\":[9],"
      "\"values\":[1]}}}\n";
  EXPECT_EQ(FindJsonLinesLayout("{}\n" + sparse, false, &layout, &error),
            LayoutResult::kFound);
  EXPECT_TRUE(layout.sparse);
  EXPECT_TRUE(layout.labelled);
  EXPECT_EQ(layout.num_features, 9u);

  EXPECT_EQ(FindJsonLinesLayout("\n\n{\"features\":[x]}\n{}\n{", false, &layout,
                                &error),
            LayoutResult::kBad);
  EXPECT_EQ(error.offset, 15u);
  EXPECT_EQ(error.position, 14u);
  EXPECT_EQ(FindJsonLinesLayout("\n\n", true, &layout, &error),
            LayoutResult::kBad);
  EXPECT_EQ(error.message, "found no record, expected at least one");
}

}  // namespace
}  // namespace lineup
