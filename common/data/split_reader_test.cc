#include "common/data/split_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/bad_records.h"
#include "common/data/dataset.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Dataset Open(const std::vector<std::string>& paths,
             const DataOptions& options = {}) {
  auto dataset = Dataset::Open(paths, options);
  if (!dataset.ok()) ADD_FAILURE() << dataset.status();
  return *std::move(dataset);
}

// The error of reading what can be opened.
std::string ReadError(const std::string& path,
                      const DataOptions& options = {}) {
  return std::string(ReadAll(Open({path}, options)).status().message());
}

TEST(SplitReaderTest, HasFileLineAndColumn) {
  const std::string csv =
      WriteTestFile("csv", "y,a,b\n1,2,3\n\n0,\"x\",5\n0,4,5\n1,2\n");
  const std::string libsvm =
      WriteTestFile("libsvm", "1 1:2\n# nothing\n0 2:3 4:abc\n");
  const std::string json = WriteTestFile(
      "json", "{\"label\": 1, \"features\": [1]}\n{\"label\": 1}\n");
  const std::string records =
      WriteTestFile("records", absl::StrCat(RecordIoRecord(1, {1, 2}),
                                            RecordIoRecord(1, {1, 2}),
                                            RecordIoRecord(1, {1, 2, 3})));
  DataOptions options;
  for (options.split_bytes = 1; options.split_bytes < 100;
       options.split_bytes += 7) {
    EXPECT_EQ(ReadError(csv, options),
              csv +
                  ":4:2: a: found \"x\", expected a number; encode text as "
                  "numbers first (one column a category, 0 or 1)");
    EXPECT_THAT(ReadError(libsvm, options),
                StartsWith(libsvm + ":3:9: feature 4: found \"abc\""));
    EXPECT_THAT(ReadError(json, options), StartsWith(json + ":2:"));
    EXPECT_THAT(ReadError(records, options),
                StartsWith(records + ": record 3: "));
  }
}

// A quote that nothing closes does not swallow the lines behind it.
TEST(SplitReaderTest, AStrayQuoteSpoilsOneRecord) {
  const std::string path =
      WriteTestFile("data", "1,2\n1,\"3\n1,4\n1,\"5\"\n1,6\n");
  BadRecords bad(1);
  const auto all = ReadAll(Open({path}), &bad);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->values, ElementsAre(2, 4, 5, 6));
  EXPECT_THAT(bad.messages(),
              ElementsAre(StartsWith(path + ":2:2: feature 0: found")));
}

TEST(SplitReaderTest, HasTheLineOfCompressedText) {
  const std::string text = "y,\"a\nb\"\n1,2\n\n0,x\n1,y\n";
  const std::string path = WriteTestFile("data", GzipOf(text));
  const Dataset dataset = Open({path});
  BadRecords bad(2);
  const auto all = ReadAll(dataset, &bad);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->values, ElementsAre(2));
  ASSERT_EQ(bad.messages().size(), 2u);
  EXPECT_THAT(bad.messages()[0], StartsWith(path + ":5:2: a\nb: found \"x\""));
  EXPECT_THAT(bad.messages()[1], StartsWith(path + ":6:2: a\nb: found \"y\""));
}

TEST(SplitReaderTest, AreSkippedAndCounted) {
  std::string text;
  size_t good = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool is_bad = i % 3 == 1;
    absl::StrAppend(&text, i % 2, ",", is_bad ? "?" : "1", "\n");
    good += !is_bad;
  }
  const std::string path = WriteTestFile("data", text);
  DataOptions options;
  options.split_bytes = 100;
  const Dataset dataset = Open({path}, options);
  BadRecords bad(1000);
  const auto all = ReadAll(dataset, &bad);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->size(), good);
  EXPECT_EQ(bad.count(), 1000 - good);
  EXPECT_EQ(bad.messages().size(), BadRecords::kMaxMessages);
  EXPECT_THAT(bad.messages()[9],
              StartsWith(absl::StrCat(path, ":29:2: feature 0: found \"?\"")));
  // The one too many has a message again.
  BadRecords few(20);
  EXPECT_THAT(std::string(ReadAll(dataset, &few).status().message()),
              StartsWith(absl::StrCat(path, ":62:2: feature 0: found")));
}

TEST(SplitReaderTest, LabelsHaveADomain) {
  DataOptions options;
  options.label_domain = {LabelDomain::kClasses, 3};
  EXPECT_THAT(ReadError(WriteTestFile("a", "1,2\n3,4\n"), options),
              HasSubstr(":2:1: label: found 3, expected a class from 0 to 2"));
  EXPECT_THAT(ReadError(WriteTestFile("b", "1 1:2\n3 1:4\n"), options),
              HasSubstr(":2:1: label: found 3, expected a class from 0 to 2"));
}

TEST(SplitReaderTest, ADamagedStreamCountsAsOne) {
  std::string text;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&text, i % 7, ",", i, "\n");
  const std::string bytes = GzipOf(text);
  const std::string path =
      WriteTestFile("data.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(ReadError(path),
              StartsWith(absl::StrCat(path,
                                      ": the gzip data ends too early, "
                                      "at byte ",
                                      bytes.size() / 2, " (after ")));
  BadRecords bad(1);
  const auto some = ReadAll(Open({path}), &bad);
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_EQ(bad.count(), 1u);
  // What came before is good; the line that is cut off is not an example.
  EXPECT_GT(some->size(), 1000u);
  for (size_t i = 0; i < some->size(); ++i) EXPECT_EQ(some->values[i], i);
}

TEST(SplitReaderTest, ARecordIoFileThatIsCutOff) {
  const std::string record = RecordIoRecord(1, {1, 2});
  const std::string path =
      WriteTestFile("data", record + record.substr(0, record.size() - 5));
  EXPECT_THAT(ReadError(path), StartsWith(path + ": record 2: "));
  BadRecords bad(1);
  const auto all = ReadAll(Open({path}), &bad);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->size(), 1u);
}

TEST(SplitReaderTest, FilesThatChangeAreNoticed) {
  const std::string path = WriteTestFile("data", "1,2\n3,4\n");
  const Dataset dataset = Open({path});
  WriteTestFile("data", "1,2\n");
  EXPECT_THAT(std::string(ReadAll(dataset).status().message()),
              StartsWith(path + ": the file changed while it was in use: it "
                                "had 8 bytes and now has 4"));
  // Of the same size, but other.
  WriteTestFile("data", "1,2\n3,5\n");
  const timespec times[2] = {{0, UTIME_OMIT}, {1234567890, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  EXPECT_THAT(std::string(ReadAll(dataset).status().message()),
              StartsWith(path + ": the file changed while it was in use: it "
                                "was written to at 2009-02-1"));
}

}  // namespace
}  // namespace lineup
