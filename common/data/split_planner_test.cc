#include "common/data/split_planner.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/dataset.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

Dataset Open(const std::vector<std::string>& paths,
             const DataOptions& options = {}) {
  auto dataset = Dataset::Open(paths, options);
  if (!dataset.ok()) ADD_FAILURE() << dataset.status();
  return *std::move(dataset);
}

Examples All(const Dataset& dataset) {
  auto all = ReadAll(dataset);
  EXPECT_TRUE(all.ok()) << all.status();
  return all.value_or(Examples());
}

void ExpectSame(const Examples& a, const Examples& b) {
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.feature_ids, b.feature_ids);
  EXPECT_EQ(a.row_starts, b.row_starts);
  EXPECT_EQ(a.num_features, b.num_features);
}

// Some examples in a format, with every peculiarity that matters to splits.
struct Sample {
  const char* name;
  std::string text;
  size_t examples;
  // Whether quotes or lengths say where records start.
  bool starts_at_records = false;
};

std::vector<Sample> Samples() {
  Sample csv{"CSV", "y,a,b\n", 30};
  Sample quoted{"quoted CSV", "y,\"a\",\"two\nlines\"\n", 30, true};
  Sample libsvm{"LIBSVM", "# comment\n", 30};
  Sample json{"JSON Lines", "\n", 30};
  Sample records{"RecordIO", "", 30, true};
  for (int i = 0; i < 30; ++i) {
    const char* const end = i % 4 == 0 ? "\r\n" : i % 5 == 0 ? "\n\n" : "\n";
    absl::StrAppend(&csv.text, i % 2, ",", i * i * i, ",5", end);
    absl::StrAppend(&quoted.text, i % 2, i % 3 == 0 ? ",\"\n" : ",\"", i * i,
                    i % 4 == 1 ? "\n\n\",7" : "\",7", end);
    absl::StrAppend(&libsvm.text, i % 2, " 1:", i * i * i);
    if (i % 3 == 0) absl::StrAppend(&libsvm.text, " 77:", i, " # 1:2");
    absl::StrAppend(&libsvm.text, end);
    absl::StrAppend(&json.text, "{\"label\": ", i % 2, ", \"features\": [",
                    i * i * i, ", 3]}", end);
    records.text += RecordIoRecord(i % 2, std::vector<float>(3, i));
  }
  // The end of a file needs no end of a line.
  csv.text += "1,2,3";
  ++csv.examples;
  return {csv, quoted, libsvm, json, records};
}

TEST(SplitPlannerTest, AnySplitsGiveTheSameExamples) {
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(sample.name);
    const std::string path = WriteTestFile("data", sample.text);
    DataOptions options;
    const Examples expected = All(Open({path}, options));
    ASSERT_EQ(expected.size(), sample.examples);
    for (options.split_bytes = 1; options.split_bytes <= sample.text.size();
         ++options.split_bytes) {
      const Dataset dataset = Open({path}, options);
      ExpectSame(All(dataset), expected);
      ASSERT_FALSE(HasFailure()) << options.split_bytes;
      uint64_t at = dataset.splits().front().begin;
      for (const Split& split : dataset.splits()) {
        ASSERT_EQ(split.begin, at);
        ASSERT_LT(split.begin, split.end);
        ASSERT_EQ(split.estimated_bytes, split.end - split.begin);
        if (!sample.starts_at_records) {
          ASSERT_LE(split.estimated_bytes, options.split_bytes);
        }
        at = split.end;
      }
      ASSERT_EQ(at, sample.text.size());
    }
  }
}

TEST(SplitPlannerTest, RecordIoSplitsKnowTheirFirstRecord) {
  std::string text;
  for (int i = 0; i < 5; ++i) text += RecordIoRecord(i, {1, 2});
  DataOptions options;
  options.split_bytes = 1;
  const Dataset dataset = Open({WriteTestFile("data", text)}, options);
  ASSERT_EQ(dataset.splits().size(), 5u);
  for (uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(dataset.splits()[i].first_record, i);
  }
}

TEST(SplitPlannerTest, ACompressedFileIsOneSplit) {
  for (const Sample& sample : Samples()) {
    SCOPED_TRACE(sample.name);
    const Examples expected = All(Open({WriteTestFile("data", sample.text)}));
    for (const std::string& bytes :
         {GzipOf(sample.text), ZstdOf(sample.text)}) {
      DataOptions options;
      options.split_bytes = 10;
      const Dataset dataset = Open({WriteTestFile("data", bytes)}, options);
      ASSERT_EQ(dataset.splits().size(), 1u);
      EXPECT_EQ(dataset.splits()[0].estimated_bytes, sample.text.size());
      EXPECT_EQ(dataset.total_bytes(), bytes.size());
      ExpectSame(All(dataset), expected);
    }
  }
}

TEST(SplitPlannerTest, SplitsCanBeReadByManyThreadsAgainAndAgain) {
  std::string text;
  for (int i = 0; i < 20000; ++i) absl::StrAppend(&text, i % 2, ",", i, "\n");
  DataOptions options;
  options.split_bytes = 10000;
  const Dataset dataset = Open({WriteTestFile("data", text)}, options);
  ASSERT_GT(dataset.splits().size(), 10u);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([copy = dataset] {
      const Examples all = All(copy);
      EXPECT_EQ(all.size(), 20000u);
      EXPECT_TRUE(std::is_sorted(all.values.begin(), all.values.end()));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(SplitPlannerTest, SmallDataAreCutIntoAsManySplitsAsAreAskedFor) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "1,2\n";  // 400,000 bytes
  const std::vector<std::string> files = {WriteTestFile("a", text),
                                          WriteTestFile("b", text)};
  DataOptions options;
  options.min_splits = 1;
  EXPECT_EQ(Open(files, options).splits().size(), 2u);
  options.min_splits = 8;
  EXPECT_EQ(Open(files, options).splits().size(), 8u);
  // Not in tiny pieces.
  options.min_splits = 1000;
  EXPECT_EQ(Open(files, options).splits().size(),
            2 * (400000 / kMinSplitBytes + 1));
  // Those asked for as small as they are.
  options.split_bytes = 10000;
  options.min_splits = 8;
  EXPECT_EQ(Open(files, options).splits().size(), 80u);
}

TEST(SplitPlannerTest, BlocksAreBounded) {
  // Many short rows and few long ones.
  std::string rows;
  for (int i = 0; i < 150000; ++i) rows += "1,2\n";
  std::string wide = "1";
  for (int i = 0; i < 100000; ++i) wide += ",7";
  wide += '\n';
  std::string long_rows;
  for (int i = 0; i < 100; ++i) long_rows += wide;
  // ReadAll checks each block.
  EXPECT_EQ(All(Open({WriteTestFile("rows", rows)})).size(), 150000u);
  DataOptions options;
  options.split_bytes = uint64_t{1} << 40;
  options.min_splits = 1;
  const Dataset dataset = Open({WriteTestFile("long", long_rows)}, options);
  ASSERT_EQ(dataset.splits().size(), 1u);
  EXPECT_EQ(All(dataset).size(), 100u);
}

TEST(SplitPlannerTest, StopsAtAnErrorOfTheSink) {
  std::string text;
  for (int i = 0; i < 200000; ++i) text += "1,2\n";
  const Dataset dataset = Open({WriteTestFile("data", text)});
  int calls = 0;
  const absl::Status status = dataset.ReadSplit(
      0,
      [&](const Examples&) {
        ++calls;
        return absl::CancelledError("enough");
      },
      nullptr);
  EXPECT_EQ(status, absl::CancelledError("enough"));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace lineup
