#include "common/data/format_sniffer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

TEST(FormatSnifferTest, TellsFormats) {
  const struct {
    const char* text;
    FileFormat format;
  } kCases[] = {
      {"1,2,3\n", FileFormat::kCsv},
      {"y,a\n1,2\n", FileFormat::kCsv},
      {"y\n1\n", FileFormat::kCsv},
      {"1 2 3\n4 5 6\n", FileFormat::kCsv},
      {"time,a\n12:30,5\n", FileFormat::kCsv},
      {"1;2:3\n", FileFormat::kCsv},
      {"a:1 b:2\n", FileFormat::kCsv},
      {"1 1:2 3:4\n", FileFormat::kLibsvm},
      {"-1 1:2\r\n+1 3:4.5e3\r\n", FileFormat::kLibsvm},
      {"1 qid:3 1:2 # comment, with a comma\n", FileFormat::kLibsvm},
      {"# a, b\n\n1 1:2\n", FileFormat::kLibsvm},
      {"1:2 3:4\n", FileFormat::kLibsvm},
      {"1\n0\n1 7:1\n", FileFormat::kLibsvm},
      {"1\t1:2\t3:4", FileFormat::kLibsvm},
      // One bad line does not change what the file is.
      {"1 1:x\n0 1:2\n0 2:3\n", FileFormat::kLibsvm},
      {"abc 1:2 x\n", FileFormat::kLibsvm},
      {"1,2\n1 1:2\n3,4\n", FileFormat::kCsv},
      {"1 1:2 3:", FileFormat::kLibsvm},
      {"0\n1\n", FileFormat::kAuto},
      {"{\"features\": [1]}\n", FileFormat::kJsonLines},
      {"\n  {", FileFormat::kJsonLines},
  };
  for (const auto& c : kCases) {
    const auto format = FindFormat("FILE", c.text);
    ASSERT_TRUE(format.ok()) << c.text << ": " << format.status();
    EXPECT_EQ(FileFormatName(*format), FileFormatName(c.format)) << c.text;
  }
  EXPECT_EQ(*FindFormat("FILE", RecordIoRecord(1, {2})), FileFormat::kRecordIo);
}

// What is beyond the first lines does not matter, nor a line that is cut off.
TEST(FormatSnifferTest, LooksAtTheFirstWholeLines) {
  EXPECT_EQ(*FindFormat("FILE", "1 1:2\nx,"), FileFormat::kLibsvm);
  std::string text;
  for (int i = 0; i < 20; ++i) text += "1,2\n";
  for (int i = 0; i < 50; ++i) text += "1 1:2\n";
  EXPECT_EQ(*FindFormat("FILE", text), FileFormat::kCsv);
}

TEST(FormatSnifferTest, RefusesOtherFormatsByName) {
  const struct {
    std::string head;
    const char* name;
  } kCases[] = {
      {"PAR1....", "a file of the format Parquet"},
      {"\x89HDF\r\n", "a file of the format HDF5"},
      {"PK\x03\x04", "a file of the format ZIP"},
      {"BZh91", "a file of the format bzip2"},
      {std::string("\xff\xfe"
                   "1\0,\0",
                   6),
       "a file of the format UTF-16 text"},
      {std::string("1,2\n\0", 5), "binary data (a zero at byte 4)"},
      {"1,2\r3,4\r", "lines that end in a carriage return alone"},
      {"[{\"features\": [1]}]", "a JSON array"},
      {absl::StrCat(std::string(257, 'x'), "ustar"), "a tar archive"},
  };
  for (const auto& c : kCases) {
    const auto format = FindFormat("FILE", c.head);
    EXPECT_THAT(std::string(format.status().message()),
                HasSubstr(absl::StrCat("FILE: found ", c.name)));
    EXPECT_THAT(
        std::string(format.status().message()),
        HasSubstr(", expected CSV, LIBSVM, RecordIO-protobuf or JSON Lines"));
  }
}

}  // namespace
}  // namespace lineup
