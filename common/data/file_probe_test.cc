#include "common/data/file_probe.h"

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::StartsWith;

absl::StatusOr<FileProbe> ProbeText(const std::string& contents,
                                    const DataOptions& options = {}) {
  const auto file =
      DataFile::Open({WriteTestFile("data", contents), contents.size(), false});
  EXPECT_TRUE(file.ok()) << file.status();
  return ProbeFile(*file, options);
}

FileProbe Probe(const std::string& contents) {
  auto probe = ProbeText(contents);
  if (!probe.ok()) ADD_FAILURE() << probe.status();
  return *std::move(probe);
}

std::string Error(const std::string& contents,
                  const DataOptions& options = {}) {
  return std::string(ProbeText(contents, options).status().message());
}

TEST(FileProbeTest, PassesOverAByteOrderMark) {
  for (const char* text :
       {"1,2\n", "1 1:2\n", "{\"label\": 1, \"features\": [1]}\n"}) {
    const FileProbe probe = Probe(absl::StrCat("\xef\xbb\xbf", text));
    EXPECT_EQ(probe.data_begin, 3u) << text;
    EXPECT_EQ(probe.format, Probe(text).format) << text;
  }
}

// Rows longer than what is looked at first.
TEST(FileProbeTest, LooksAsFarAsItMust) {
  std::string names = "y";
  std::string row = "1";
  std::string json = "{\"label\": 1, \"features\": [0";
  for (int i = 1; i < 200000; ++i) {
    absl::StrAppend(&names, ",x", i);
    absl::StrAppend(&row, ",", i % 10);
    absl::StrAppend(&json, ",", i % 10);
  }
  const FileProbe csv = Probe(absl::StrCat(names, "\n", row, "\n", row, "\n"));
  EXPECT_TRUE(csv.csv.has_header);
  EXPECT_EQ(csv.csv.num_columns, 200000u);
  EXPECT_EQ(csv.data_begin, names.size() + 1);
  const FileProbe lines = Probe(absl::StrCat(json, "]}\n"));
  EXPECT_EQ(lines.format, FileFormat::kJsonLines);
  EXPECT_EQ(lines.tensors.num_features, 200000u);
}

TEST(FileProbeTest, SeesQuotesBehindTheHeader) {
  EXPECT_FALSE(Probe("\"y\",\"a\"\n1,2\n").quotes);
  EXPECT_TRUE(Probe("y,a\n1,\"2\"\n").quotes);
}

TEST(FileProbeTest, GuessesTheSizeOfCompressedContent) {
  std::string text;
  std::mt19937 random(1);
  while (text.size() < 2000000) absl::StrAppend(&text, random(), ",1\n");
  EXPECT_EQ(Probe(text).content_bytes, text.size());
  for (const std::string& bytes : {GzipOf(text), ZstdOf(text)}) {
    const double guess = Probe(bytes).content_bytes;
    EXPECT_GT(guess, 0.5 * text.size());
    EXPECT_LT(guess, 2.0 * text.size());
  }
}

TEST(FileProbeTest, NamesTheFirstRecordIfNoneIsGood) {
  const std::string path = TestDirectory() + "/data";
  EXPECT_THAT(Error("\n{\"label\": 1}\n"), StartsWith(path + ":2:1: "));
  EXPECT_THAT(Error(RecordIoRecord(1, {})), StartsWith(path + ": record 1: "));
}

TEST(FileProbeTest, TheUsersFormatCounts) {
  DataOptions options;
  options.format = FileFormat::kCsv;
  const auto probe = ProbeText("1 1:2\n", options);
  ASSERT_TRUE(probe.ok()) << probe.status();
  EXPECT_EQ(probe->format, FileFormat::kCsv);
  options.format = FileFormat::kRecordIo;
  EXPECT_THAT(Error("1,2,3\n4,5,6\n", options),
              StartsWith(TestDirectory() + "/data: record 1: "));
}

}  // namespace
}  // namespace lineup
