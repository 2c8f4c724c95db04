#include "common/data/csv_record.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Fields(absl::string_view text, CsvDialect dialect) {
  CsvRecord record;
  EXPECT_EQ(CutCsvRecord(text, dialect, true, &record), CutResult::kRecord)
      << text << ": " << record.error;
  std::vector<std::string> fields;
  for (const CsvField& field : record.fields) {
    fields.push_back(field.Unescaped());
  }
  return fields;
}

TEST(CsvRecordTest, CutsPlainFieldsAndStripsBlanks) {
  EXPECT_THAT(Fields("1,2,3\n4", {}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(Fields(" 1 ,\t2,  3\r\n", {}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(Fields("1;;\n", {';'}), ElementsAre("1", "", ""));
  EXPECT_THAT(Fields("1\t\t2", {'\t'}), ElementsAre("1", "", "2"));
  EXPECT_THAT(Fields("", {}), ElementsAre(""));
}

TEST(CsvRecordTest, QuotesHideDelimitersQuotesAndEndsOfLines) {
  EXPECT_THAT(Fields("\"a,b\", \"c\"\"d\" ,\"\"\r\n", {}),
              ElementsAre("a,b", "c\"d", ""));
  EXPECT_THAT(Fields("\"a\r\nb\",2\n3,4\n", {',', true}),
              ElementsAre("a\r\nb", "2"));
}

TEST(CsvRecordTest, KnowsWhereRecordsEnd) {
  CsvRecord record;
  EXPECT_EQ(CutCsvRecord("\"a\nb\",2\n3", {',', true}, false, &record),
            CutResult::kRecord);
  EXPECT_EQ(record.size, 8u);
  EXPECT_EQ(CutCsvRecord("\"a\nb\",2", {',', true}, false, &record),
            CutResult::kIncomplete);
  EXPECT_EQ(CutCsvRecord("\"a\nb", {',', true}, false, &record),
            CutResult::kIncomplete);
}

TEST(CsvRecordTest, RefusesWhatRfc4180DoesNotAllow) {
  CsvRecord record;
  EXPECT_EQ(CutCsvRecord("1,a\"b,3\n4\n", {}, false, &record), CutResult::kBad);
  EXPECT_EQ(record.size, 8u);
  EXPECT_EQ(record.error_offset, 2u);
  EXPECT_EQ(record.fields.size(), 1u);
  EXPECT_THAT(record.error, HasSubstr("found \"a\\\"b\", expected"));

  EXPECT_EQ(CutCsvRecord("1,\"a\"b,3\n", {}, false, &record), CutResult::kBad);
  EXPECT_THAT(record.error, HasSubstr("found \"b,3\" behind a closing quote"));

  EXPECT_EQ(CutCsvRecord("1,\"a\n2,3\n", {}, false, &record), CutResult::kBad);
  EXPECT_EQ(record.size, 5u);
  EXPECT_THAT(record.error, HasSubstr("expected a closing quote"));

  EXPECT_EQ(CutCsvRecord("1,\"a\n2,3\n", {',', true}, true, &record),
            CutResult::kBad);
  EXPECT_EQ(record.size, 9u);
}

}  // namespace
}  // namespace lineup
