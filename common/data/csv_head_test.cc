#include "common/data/csv_head.h"

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CsvHead Head(absl::string_view text, const DataOptions& options = {}) {
  const auto head = ReadCsvHead("FILE", text, true, options);
  EXPECT_TRUE(head.ok()) << text << ": " << head.status();
  return head.value_or(CsvHead());
}

DataOptions WithHeader(HeaderMode mode) {
  DataOptions options;
  options.header = mode;
  return options;
}

TEST(CsvHeadTest, FindsAHeader) {
  const struct {
    const char* header;
    const char* data;
  } kCases[] = {
      {"y,a,b\n", "1,2,3\n"},
      {"\"y\",\"a\",\"b\"\n", "1,2,3\n"},
      {"y,a,b\r\n", "1,2,3\r\n"},
      {"y,a,b\n", ""},
      {"y,a,b", ""},
      {" y , a , b \n", "1,2,3\n"},
      {"\xef\xbb\xbfy,a,b\n", "1,2,3"},
      {"\n\r\ny,a,b\n", "?,NA,3\n"},
      {"y,a,b\n", "1,2,x\n"},
  };
  for (const auto& c : kCases) {
    const CsvHead head = Head(absl::StrCat(c.header, c.data));
    EXPECT_TRUE(head.has_header) << c.header;
    EXPECT_EQ(head.num_columns, 3u) << c.header;
    EXPECT_THAT(head.names, ElementsAre("y", "a", "b")) << c.header;
    EXPECT_EQ(head.data_begin, strlen(c.header)) << c.header;
  }
}

TEST(CsvHeadTest, NamesMayBeAnything) {
  EXPECT_THAT(Head(",a,\"b,\"\"c\"\"\",1st\n0,1,2,3\n").names,
              ElementsAre("", "a", "b,\"c\"", "1st"));
  EXPECT_THAT(Head("\"y\",\"two\nlines\"\n1,2\n").names,
              ElementsAre("y", "two\nlines"));
  // A table whose columns are numbered, as pandas writes it.
  EXPECT_THAT(Head("label,0,1,2\n3,7,8,9\n").names,
              ElementsAre("label", "0", "1", "2"));
}

TEST(CsvHeadTest, DataIsNoHeader) {
  for (const char* text :
       {"1,2,3\n4,5,6\n", "1,x,3\n0,5,6\n", "39,State-gov,77516\n50,Self,83311",
        "?,NA,\n1,2,3\n", "nan,inf,nan\n1,2,3\n", "1,abc,2\n3,4,5\n",
        "x,7,8\n1,2,3\n", "x,0,1\ny,2,3\n"}) {
    const CsvHead head = Head(text);
    EXPECT_FALSE(head.has_header) << text;
    EXPECT_THAT(head.names, IsEmpty());
    EXPECT_EQ(head.num_columns, 3u) << text;
    EXPECT_EQ(head.data_begin, 0u);
  }
}

TEST(CsvHeadTest, IsToldAboutTheHeader) {
  const CsvHead yes = Head("1,2\n3,4\n", WithHeader(HeaderMode::kYes));
  EXPECT_THAT(yes.names, ElementsAre("1", "2"));
  EXPECT_EQ(yes.data_begin, 4u);
  const CsvHead no = Head("y,a\n3,4\n", WithHeader(HeaderMode::kNo));
  EXPECT_THAT(no.names, IsEmpty());
  EXPECT_EQ(no.data_begin, 0u);
}

TEST(CsvHeadTest, FindsTheDelimiter) {
  EXPECT_EQ(Head("1,2,3\n").delimiter, ',');
  EXPECT_EQ(Head("1\t2\t3\n").delimiter, '\t');
  EXPECT_EQ(Head("1;2;3\n").delimiter, ';');
  EXPECT_EQ(Head("1|2|3\n").delimiter, '|');
  EXPECT_EQ(Head("a;b;c\n").delimiter, ';');
  EXPECT_EQ(Head("a\tb, or c\td\n1\t2\t3\n").delimiter, '\t');
  EXPECT_EQ(Head("\"a;b\",\"c;d\"\n1,2\n").delimiter, ',');
  EXPECT_EQ(Head("7\n").delimiter, ',');
  DataOptions options;
  options.delimiter = ' ';
  const CsvHead head = Head("1 2 3\n", options);
  EXPECT_EQ(head.delimiter, ' ');
  EXPECT_EQ(head.num_columns, 3u);
}

// The first good record tells the number of columns.
TEST(CsvHeadTest, PassesOverABadFirstRecord) {
  const CsvHead head = Head("1,2\"3,4,5\n1,2,3\n");
  EXPECT_FALSE(head.has_header);
  EXPECT_EQ(head.num_columns, 3u);
  EXPECT_EQ(head.data_begin, 0u);
}

TEST(CsvHeadTest, SaysWhatIsWrong) {
  const auto blank = ReadCsvHead("FILE", "\n\n", true, {});
  EXPECT_EQ(blank.status().message(),
            "FILE: the file has only blank lines, expected data");
  const auto bad = ReadCsvHead("FILE", "\n1,2\"3,4,5\n", true, {});
  EXPECT_EQ(bad.status().message(),
            "FILE:2:2: found \"2\\\"3\", expected a field with a quote in it "
            "to be quoted as a whole, the quote doubled (RFC 4180)");
  const auto header =
      ReadCsvHead("FILE", "y,\"a\n1,2\n", true, WithHeader(HeaderMode::kYes));
  EXPECT_EQ(header.status().message(),
            "FILE:1:2: found \"\\\"a\", expected a closing quote before the "
            "end of the record; close it");
}

TEST(CsvHeadTest, AsksForMore) {
  const std::string text = "y,a,b\n1,2,3\n";
  for (size_t size = 0; size < text.size(); ++size) {
    const auto head = ReadCsvHead("FILE", text.substr(0, size), false, {});
    EXPECT_EQ(head.status().code(), absl::StatusCode::kOutOfRange) << size;
  }
  EXPECT_TRUE(ReadCsvHead("FILE", text, false, {}).ok());
}

}  // namespace
}  // namespace lineup
