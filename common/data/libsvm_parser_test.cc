#include "common/data/libsvm_parser.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/files.h"
#include "common/base/test_data.h"
#include "common/data/parse_all.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Parsed ParseLibsvm(absl::string_view text, LibsvmLayout layout = {},
                   LabelDomain domain = {}) {
  LibsvmParser parser(layout, domain, {}, text.size());
  return ParseAll(&parser, text);
}

TEST(LibsvmParserTest, ReadsRows) {
  const Parsed parsed = ParseLibsvm("1 3:0.5 7:-2 1000000:1e3\n0\n-1 1:4\n");
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_TRUE(parsed.block.sparse);
  EXPECT_EQ(parsed.block.size(), 3u);
  EXPECT_EQ(parsed.block.num_features, 1000000u);
  EXPECT_THAT(parsed.block.labels, ElementsAre(1, 0, -1));
  EXPECT_THAT(parsed.block.row_starts, ElementsAre(0, 3, 3, 4));
  EXPECT_THAT(parsed.block.feature_ids, ElementsAre(2, 6, 999999, 0));
  EXPECT_THAT(parsed.block.values, ElementsAre(0.5f, -2, 1000, 4));
}

TEST(LibsvmParserTest, AllWaysOfWritingARowReadTheSame) {
  for (const char* text :
       {"1 2:2.5 9:-3\n", "1 2:2.5 9:-3", "1 2:2.5 9:-3\r\n",
        "1\t2:2.5\t\t9:-3 \t\r\n", " 1  2:2.5   9:-3  \n",
        "+1 9:-3.0 2:25e-1\n", "1 qid:7 2:2.5 9:-3\n",
        "1 2:2.5 9:-3 # a comment: 1:2\n", "1 2:2.5 9:-3#comment\n",
        "1 2:2.5 9:-3 #12:4 5\n", "1 2:2.5 9:-3 #",
        "# first\n\n\r\n   \n1 2:2.5 9:-3\n\n# last\n#",
        "1 0000000000000002:2.5 9:-3\n",
        "1.0000000000000000000 2:2.5000000000000000000 9:-3\n"}) {
    const Parsed parsed = ParseLibsvm(text);
    EXPECT_THAT(parsed.errors, IsEmpty()) << text;
    EXPECT_THAT(parsed.block.labels, ElementsAre(1)) << text;
    EXPECT_THAT(parsed.block.feature_ids, ElementsAre(1, 8)) << text;
    EXPECT_THAT(parsed.block.values, ElementsAre(2.5f, -3)) << text;
    EXPECT_EQ(parsed.block.num_features, 9u) << text;
    EXPECT_EQ(parsed.consumed, std::string(text).size()) << text;
  }
}

TEST(LibsvmParserTest, CountsFromZeroIfToldSo) {
  LibsvmLayout layout;
  layout.first_id = 0;
  layout.num_features = 4;
  const Parsed parsed = ParseLibsvm("1 0:1 3:2\n1 4:1\n", layout);
  EXPECT_EQ(parsed.block.num_features, 4u);
  EXPECT_THAT(parsed.block.feature_ids, ElementsAre(0, 3));
  EXPECT_THAT(parsed.errors,
              ElementsAre("12:3 (): found feature id 4, expected ids from 0 to "
                          "3 (feature_dim is 4); raise --feature_dim, or check "
                          "--first-id"));
}

TEST(LibsvmParserTest, UnlabelledDataMayHaveLabels) {
  LibsvmLayout layout;
  layout.labelled = false;
  const Parsed parsed = ParseLibsvm("3:1 5:2\n7 1:4\nqid:1 2:1\n", layout);
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_THAT(parsed.block.labels, IsEmpty());
  EXPECT_EQ(parsed.block.size(), 3u);
  EXPECT_THAT(parsed.block.feature_ids, ElementsAre(2, 4, 0, 1));
}

TEST(LibsvmParserTest, GoesOnAfterABadLine) {
  // Each is found at another point of the fast path.
  for (const char* bad :
       {"x 1:1", "1:1 2:1", "1 2:1 3", "1 a:1", "1 0:1", "1 4294967296:1",
        "1 2:1 3: 4:1", "1 2:nan", "1 2:1:1", "1 3:1 3:1", "1 3:1 2:1 3:1"}) {
    const Parsed parsed =
        ParseLibsvm(absl::StrCat("1 1:10\n", bad, "\n0 6:20\n"));
    EXPECT_EQ(parsed.errors.size(), 1u) << bad;
    EXPECT_THAT(parsed.block.labels, ElementsAre(1, 0)) << bad;
    EXPECT_THAT(parsed.block.feature_ids, ElementsAre(0, 5)) << bad;
    EXPECT_THAT(parsed.block.values, ElementsAre(10, 20)) << bad;
    EXPECT_THAT(parsed.block.row_starts, ElementsAre(0, 1, 2)) << bad;
    EXPECT_EQ(parsed.block.num_features, 6u) << bad;
  }
}

TEST(LibsvmParserTest, ReportsThePlaceInTheTextAndInTheLine) {
  const Parsed parsed = ParseLibsvm("1 1:10\n1 2:1 3:x\n");
  EXPECT_THAT(parsed.errors,
              ElementsAre("15:9 (feature 3): found \"x\", expected a number; "
                          "encode text as numbers first (one column a "
                          "category, 0 or 1)"));
}

TEST(LibsvmParserTest, ChecksLabels) {
  const Parsed parsed =
      ParseLibsvm("2 1:1\n1 1:2\n", {}, {LabelDomain::kBinary});
  EXPECT_THAT(parsed.block.values, ElementsAre(2));
  EXPECT_THAT(
      parsed.errors,
      ElementsAre("0:1 (label): found 2, expected a label of 0 or 1 (or "
                  "-1 and 1) for a binary_classifier; check --label "
                  "and --predictor_type"));
}

TEST(LibsvmParserTest, TakesTheLargestId) {
  const Parsed parsed = ParseLibsvm("1 1:1 4294967295:2\n");
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.block.num_features, 4294967295u);
  EXPECT_THAT(parsed.block.feature_ids, ElementsAre(0, 4294967294u));
}

TEST(LibsvmParserTest, StopsAtTheLimitsOfABlock) {
  const std::string text = "1 1:1\n2 1:2\n3 1:3 2:4\n";
  const PaddedText padded(text);
  LibsvmParser by_count({}, {}, {2, 1 << 20}, text.size());
  Examples block;
  EXPECT_EQ(by_count.Parse(padded.text(), true, &block).consumed, 12u);
  EXPECT_EQ(by_count.Parse(padded.text().substr(12), true, &block).consumed,
            0u);
  EXPECT_EQ(block.size(), 2u);

  LibsvmParser by_bytes({}, {}, {100, block.bytes() + 27}, text.size());
  block = Examples();
  EXPECT_EQ(by_bytes.Parse(padded.text(), true, &block).consumed, 12u);
  EXPECT_EQ(block.feature_ids.size(), 2u);
  EXPECT_EQ(block.num_features, 1u);

  // A single example is taken whatever its size.
  LibsvmParser tiny({}, {}, {100, 1}, text.size());
  block = Examples();
  EXPECT_EQ(tiny.Parse(padded.text().substr(12), true, &block).consumed, 10u);
  EXPECT_THAT(block.values, ElementsAre(3, 4));
}

TEST(LibsvmParserTest, LeavesAnUnfinishedLine) {
  const PaddedText padded("1 1:1\n2 1:");
  LibsvmParser parser({}, {}, {}, 10);
  Examples block;
  EXPECT_EQ(parser.Parse(padded.text(), false, &block).consumed, 6u);
  EXPECT_EQ(parser.Parse(padded.text().substr(6), false, &block).consumed, 0u);
  EXPECT_EQ(block.size(), 1u);
}

// The fast path and the careful reading must agree on everything; a comment
// makes no difference but to the path.
TEST(LibsvmParserTest, BothPathsReadTheSame) {
  std::mt19937 random(3);
  std::string plain;
  std::string careful;
  for (int row = 0; row < 2000; ++row) {
    std::string line = absl::StrCat(static_cast<int>(random() % 3) - 1);
    uint32_t id = 0;
    const int features = random() % 60;
    for (int i = 0; i < features; ++i) {
      id += 1 + random() % (random() % 50 == 0 ? 100000000 : 100);
      absl::StrAppendFormat(&line, " %d:%.*g", id,
                            static_cast<int>(1 + random() % 12),
                            (static_cast<int>(random() % 20001) - 10000) /
                                (random() % 2 ? 7.0 : 1e7));
    }
    absl::StrAppend(&plain, line, "\n");
    absl::StrAppend(&careful, line, "#\n");
  }
  const Parsed a = ParseLibsvm(plain);
  const Parsed b = ParseLibsvm(careful);
  EXPECT_THAT(a.errors, IsEmpty());
  EXPECT_THAT(b.errors, IsEmpty());
  EXPECT_EQ(a.block.size(), 2000u);
  EXPECT_EQ(a.block.labels, b.block.labels);
  EXPECT_EQ(a.block.row_starts, b.block.row_starts);
  EXPECT_EQ(a.block.feature_ids, b.block.feature_ids);
  EXPECT_EQ(a.block.values, b.block.values);
}

TEST(LibsvmParserTest, ReadsA9a) {
  LINEUP_TEST_DATA_OR_SKIP(path, "a9a/a9a.train.svm");
  const absl::StatusOr<std::string> text = ReadFile(path);
  ASSERT_TRUE(text.ok()) << text.status();
  const Parsed parsed = ParseLibsvm(*text, {}, {LabelDomain::kBinary});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.block.size(), 32561u);
  EXPECT_EQ(parsed.block.num_features, 123u);
  EXPECT_EQ(parsed.block.values.size(), 451592u);
  EXPECT_EQ(
      std::count(parsed.block.labels.begin(), parsed.block.labels.end(), 1.0f),
      7841);
}

}  // namespace
}  // namespace lineup
