#include "common/data/libsvm_record.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LibsvmRecordTest, ReadsALine) {
  LibsvmRecord record;
  RecordError error;
  EXPECT_EQ(
      ReadLibsvmLine("+1\tqid:3  9:-3 2:2.5\t# 7:1\r", {}, {}, &record, &error),
      LibsvmLine::kExample);
  EXPECT_EQ(record.label, 1);
  EXPECT_THAT(record.feature_ids, ElementsAre(1, 8));
  EXPECT_THAT(record.values, ElementsAre(2.5f, -3));
  EXPECT_EQ(ReadLibsvmLine("0", {}, {}, &record, &error), LibsvmLine::kExample);
  EXPECT_THAT(record.feature_ids, IsEmpty());
  for (const char* line : {"", " \t\r", "# 1 2:3", "  #"}) {
    EXPECT_EQ(ReadLibsvmLine(line, {}, {}, &record, &error),
              LibsvmLine::kNothing);
  }
}

struct BadLine {
  const char* line;
  size_t position;
  const char* name;
  const char* message;
};

TEST(LibsvmRecordTest, SaysWhatIsWrongAndWhere) {
  LibsvmLayout layout;
  layout.num_features = 5;
  const BadLine bad_lines[] = {
      {"x 3:1", 1, "label",
       "found \"x\", expected a number; encode text as numbers first (one "
       "column a category, 0 or 1)"},
      {" 2 3:1", 2, "label",
       "found 2, expected a label of 0 or 1 (or -1 and 1) for a "
       "binary_classifier; check --label and --predictor_type"},
      {"3:1 4:1", 1, "label",
       "found \"3:1\", expected the label in front of the features; put it "
       "there"},
      {"1 3", 3, "",
       "found \"3\", expected a feature as id:value; write it so, or check "
       "--format"},
      {"1 a:1", 3, "",
       "found \"a\" as a feature id, expected a whole number, as in id:value; "
       "number the features"},
      {"1 1:1 -3:1", 7, "",
       "found \"-3\" as a feature id, expected a whole number, as in "
       "id:value; number the features"},
      {"1 :1", 3, "",
       "found \"\" as a feature id, expected a whole number, as in id:value; "
       "number the features"},
      {"1 0:1", 3, "",
       "found feature id 0, expected ids from 1; if the data counts from 0, "
       "say --first-id 0"},
      {"1 6:1", 3, "",
       "found feature id 6, expected ids from 1 to 5 (feature_dim is 5); raise "
       "--feature_dim, or check --first-id"},
      {"1 99999999999999999999:1", 3, "",
       "found feature id 99999999999999999999, expected ids from 1 to 5 "
       "(feature_dim is 5); raise --feature_dim, or check --first-id"},
      {"1 2:1 3:", 9, "feature 3",
       "found nothing (a missing value), expected a number; fill it in, drop "
       "the row, or skip such rows with --max-bad-records"},
      {"1 2:nan", 5, "feature 2",
       "found \"nan\", expected a finite number; fill it in, drop the row, or "
       "skip such rows with --max-bad-records"},
      {"1 2:1e39", 5, "feature 2",
       "found \"1e39\", expected a number of at most 3.4028235e38 in size (a "
       "32-bit float); rescale the column"},
      {"1 2:1:1", 5, "feature 2",
       "found \"1:1\", expected a number; encode text as numbers first (one "
       "column a category, 0 or 1)"},
      {"1 2:1 2:1", 7, "feature 2",
       "found feature id 2 twice in the row, expected every id once; add the "
       "values up or drop one"},
      {"1 5:1 2:1 4:1 005:1", 15, "feature 5",
       "found feature id 5 twice in the row, expected every id once; add the "
       "values up or drop one"},
  };
  for (const BadLine& bad : bad_lines) {
    LibsvmRecord record;
    RecordError error;
    EXPECT_EQ(ReadLibsvmLine(bad.line, layout, {LabelDomain::kBinary}, &record,
                             &error),
              LibsvmLine::kBad)
        << bad.line;
    EXPECT_EQ(error.position, bad.position) << bad.line;
    EXPECT_EQ(error.offset, bad.position - 1) << bad.line;
    EXPECT_EQ(error.name, bad.name) << bad.line;
    EXPECT_EQ(error.message, bad.message) << bad.line;
  }
}

TEST(LibsvmRecordTest, IdsHave32Bits) {
  LibsvmRecord record;
  RecordError error;
  EXPECT_EQ(ReadLibsvmLine("1 4294967295:1", {}, {}, &record, &error),
            LibsvmLine::kExample);
  EXPECT_THAT(record.feature_ids, ElementsAre(4294967294u));
  for (const char* line : {"1 4294967296:1", "1 99999999999999999999:1"}) {
    EXPECT_EQ(ReadLibsvmLine(line, {}, {}, &record, &error), LibsvmLine::kBad);
    EXPECT_THAT(error.message,
                testing::HasSubstr(", expected ids up to 4294967295; renumber "
                                   "or hash the features"));
  }
  LibsvmLayout from_zero;
  from_zero.first_id = 0;
  EXPECT_EQ(ReadLibsvmLine("1 4294967294:1", from_zero, {}, &record, &error),
            LibsvmLine::kExample);
  EXPECT_EQ(ReadLibsvmLine("1 4294967295:1", from_zero, {}, &record, &error),
            LibsvmLine::kBad);
}

TEST(LibsvmRecordTest, UnlabelledDataMayHaveLabels) {
  LibsvmLayout layout;
  layout.labelled = false;
  LibsvmRecord record;
  RecordError error;
  for (const char* line : {"2:5", "7 2:5", "qid:1 2:5", "7 qid:1 2:5"}) {
    EXPECT_EQ(
        ReadLibsvmLine(line, layout, {LabelDomain::kBinary}, &record, &error),
        LibsvmLine::kExample)
        << line;
    EXPECT_THAT(record.values, ElementsAre(5)) << line;
  }
  EXPECT_EQ(ReadLibsvmLine("x 2:5", layout, {}, &record, &error),
            LibsvmLine::kBad);
}

}  // namespace
}  // namespace lineup
