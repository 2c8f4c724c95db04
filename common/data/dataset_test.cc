#include "common/data/dataset.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/dataset_testing.h"
#include "common/data/recordio_framing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Dataset Open(const std::vector<std::string>& paths,
             const DataOptions& options = {}) {
  auto dataset = Dataset::Open(paths, options);
  if (!dataset.ok()) ADD_FAILURE() << dataset.status();
  return *std::move(dataset);
}

Dataset OpenLike(const Schema& schema, const std::vector<std::string>& paths,
                 const DataOptions& options = {}) {
  auto dataset = Dataset::OpenLike(schema, paths, options);
  if (!dataset.ok()) ADD_FAILURE() << dataset.status();
  return *std::move(dataset);
}

Examples All(const Dataset& dataset) {
  auto all = ReadAll(dataset);
  EXPECT_TRUE(all.ok()) << all.status();
  return all.value_or(Examples());
}

std::string OpenError(const std::vector<std::string>& paths,
                      const DataOptions& options = {}) {
  return std::string(Dataset::Open(paths, options).status().message());
}

// The error of reading what can be opened.
std::string ReadError(const std::string& path,
                      const DataOptions& options = {}) {
  return std::string(ReadAll(Open({path}, options)).status().message());
}

DataOptions Unlabelled() {
  DataOptions options;
  options.labelled = false;
  return options;
}

void ExpectSame(const Examples& a, const Examples& b) {
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.feature_ids, b.feature_ids);
  EXPECT_EQ(a.row_starts, b.row_starts);
  EXPECT_EQ(a.num_features, b.num_features);
}

// --- Splits -----------------------------------------------------------------

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

TEST(DatasetSplitTest, AnySplitsGiveTheSameExamples) {
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

TEST(DatasetSplitTest, RecordIoSplitsKnowTheirFirstRecord) {
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

TEST(DatasetSplitTest, ACompressedFileIsOneSplit) {
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

TEST(DatasetSplitTest, SplitsCanBeReadByManyThreadsAgainAndAgain) {
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

TEST(DatasetSplitTest, BlocksAreBounded) {
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
  const Dataset dataset = Open({WriteTestFile("long", long_rows)}, options);
  ASSERT_EQ(dataset.splits().size(), 1u);
  EXPECT_EQ(All(dataset).size(), 100u);
}

TEST(DatasetSplitTest, StopsAtAnErrorOfTheSink) {
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

// --- Several files ----------------------------------------------------------

TEST(DatasetFilesTest, EachFileMayHaveAHeader) {
  const std::string a = WriteTestFile("d/a.csv", "y,a,b\n1,2,3\n");
  const std::string b = WriteTestFile("d/b.csv", "b,a,y\n4,5,6\n");
  const std::string c = WriteTestFile("d/c.csv", "7,8,9\n");
  const Dataset dataset = Open({TestDirectory() + "/d"});
  EXPECT_THAT(dataset.files(), ElementsAre(a, b, c));
  EXPECT_THAT(dataset.schema().feature_names, ElementsAre("a", "b"));
  const Examples all = All(dataset);
  EXPECT_THAT(all.labels, ElementsAre(1, 6, 7));
  EXPECT_THAT(all.values, ElementsAre(2, 3, 5, 4, 8, 9));
  // Also if the first has none.
  EXPECT_THAT(Open({c, a}).schema().feature_names, ElementsAre("a", "b"));
}

TEST(DatasetFilesTest, FilesMustAgree) {
  const std::string a = WriteTestFile("a", "y,a,b\n1,2,3\n");
  const std::string other = WriteTestFile("other", "y,a,c\n1,2,3\n");
  const std::string wide = WriteTestFile("wide", "1,2,3,4\n");
  const std::string libsvm = WriteTestFile("libsvm", "1 1:2\n");
  const std::string small = WriteTestFile("small", RecordIoRecord(1, {1}));
  const std::string large = WriteTestFile("large", RecordIoRecord(1, {1, 2}));
  EXPECT_EQ(OpenError({a, other}),
            other +
                ":1:3: found a column \"c\" that the first file or the "
                "model does not have; remove it");
  EXPECT_THAT(OpenError({a, wide}),
              StartsWith(wide + ": found 4 columns (the delimiter is \",\"), "
                                "expected 3: the label, 2 features"));
  EXPECT_EQ(OpenError({a, libsvm}),
            libsvm + ": the file looks like libsvm, but " + a +
                " looks like csv; keep files of different formats apart, or "
                "say which it is with --format");
  EXPECT_EQ(OpenError({small, large}),
            large +
                ": found 2 features in the first record, expected 1 as "
                "the first file or the model has; check that these are "
                "the right files");
}

TEST(DatasetFilesTest, LinesOfOneNumberAreWhatTheOthersAre) {
  const std::string numbers = WriteTestFile("a", "1\n0\n");
  const std::string libsvm = WriteTestFile("b", "1 3:2\n");
  const Examples all = All(Open({numbers, libsvm}));
  EXPECT_THAT(all.labels, ElementsAre(1, 0, 1));
  EXPECT_THAT(all.row_starts, ElementsAre(0, 0, 0, 1));
  EXPECT_THAT(OpenError({numbers}), StartsWith(numbers + ": found 1 column"));
}

TEST(DatasetFilesTest, SaysWhatIsNotData) {
  const std::string header = WriteTestFile("header", "y,a,b\n");
  EXPECT_EQ(OpenError({header}),
            header +
                ": found a line of names and no records behind it, "
                "expected data; if the line is a record, say --header "
                "no");
  const std::string nothing = WriteTestFile("nothing.gz", GzipOf(""));
  EXPECT_EQ(OpenError({nothing}),
            nothing +
                ": there is nothing in it, expected data; check how it "
                "was made");
  const std::string cut = WriteTestFile("cut.gz", GzipOf("1,2").substr(0, 8));
  EXPECT_THAT(OpenError({cut}),
              StartsWith(cut + ": the gzip data ends too early, at byte 8"));
  DataOptions options;
  options.feature_dim = 5;
  const std::string csv = WriteTestFile("csv", "1,2\n");
  EXPECT_EQ(OpenError({csv}, options),
            csv +
                ": found 1 feature, expected 5 (feature_dim); correct "
                "--feature_dim, or leave it out to have it found");
}

// --- Bad records ------------------------------------------------------------

TEST(DatasetBadRecordTest, HasFileLineAndColumn) {
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

TEST(DatasetBadRecordTest, HasTheLineOfCompressedText) {
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

TEST(DatasetBadRecordTest, AreSkippedAndCounted) {
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

TEST(DatasetBadRecordTest, LabelsHaveADomain) {
  DataOptions options;
  options.label_domain = {LabelDomain::kClasses, 3};
  EXPECT_THAT(ReadError(WriteTestFile("a", "1,2\n3,4\n"), options),
              HasSubstr(":2:1: label: found 3, expected a class from 0 to 2"));
  EXPECT_THAT(ReadError(WriteTestFile("b", "1 1:2\n3 1:4\n"), options),
              HasSubstr(":2:1: label: found 3, expected a class from 0 to 2"));
}

TEST(DatasetBadRecordTest, ADamagedStreamCountsAsOne) {
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

TEST(DatasetBadRecordTest, ARecordIoFileThatIsCutOff) {
  const std::string record = RecordIoRecord(1, {1, 2});
  const std::string path =
      WriteTestFile("data", record + record.substr(0, record.size() - 5));
  EXPECT_THAT(ReadError(path), StartsWith(path + ": record 2: "));
  BadRecords bad(1);
  const auto all = ReadAll(Open({path}), &bad);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->size(), 1u);
}

TEST(DatasetBadRecordTest, FilesThatChangeAreNoticed) {
  const std::string path = WriteTestFile("data", "1,2\n3,4\n");
  const Dataset dataset = Open({path});
  WriteTestFile("data", "1,2\n");
  EXPECT_THAT(std::string(ReadAll(dataset).status().message()),
              StartsWith(path + ": the file changed while it was in use"));
}

// --- LIBSVM -----------------------------------------------------------------

TEST(DatasetLibsvmTest, FindsTheFirstId) {
  const std::string one = WriteTestFile("one", "1 1:2 3:4\n");
  const std::string zero = WriteTestFile("zero", "1 0:2 3:4\n");
  EXPECT_EQ(Open({one}).schema().first_id, 1);
  EXPECT_THAT(All(Open({one})).feature_ids, ElementsAre(0, 2));
  EXPECT_EQ(Open({zero}).schema().first_id, 0);
  EXPECT_THAT(All(Open({zero})).feature_ids, ElementsAre(0, 3));
  // All files are looked at.
  EXPECT_THAT(All(Open({one, zero})).feature_ids, ElementsAre(1, 3, 0, 3));
  DataOptions options;
  options.first_id = 0;
  EXPECT_THAT(All(Open({one}, options)).feature_ids, ElementsAre(1, 3));
  options.first_id = 1;
  EXPECT_THAT(
      ReadError(zero, options),
      testing::AllOf(StartsWith(zero + ":1:3: "), HasSubstr("--first-id 0")));
}

TEST(DatasetLibsvmTest, WidthIsKnownIfItIsGiven) {
  const std::string path = WriteTestFile("data", "1 1:2 3:4\n");
  EXPECT_EQ(Open({path}).schema().num_features, 0u);
  EXPECT_EQ(All(Open({path})).num_features, 3u);
  DataOptions options;
  options.feature_dim = 5;
  EXPECT_EQ(Open({path}, options).schema().num_features, 5u);
  EXPECT_EQ(All(Open({path}, options)).num_features, 5u);
  options.feature_dim = 2;
  EXPECT_THAT(ReadError(path, options),
              HasSubstr(":1:7: found feature id 3, expected ids from 1 to 2 "
                        "(feature_dim is 2)"));
}

// --- Data like other data ---------------------------------------------------

TEST(DatasetOpenLikeTest, PredictionDataMayComeWithoutLabels) {
  const Schema schema = Open({WriteTestFile("a", "y,a,b\n1,2,3\n")}).schema();
  for (const char* text : {"2,3\n", "b,a\n3,2\n", "1,2,3\n", "a,y,b\n2,1,3\n",
                           "{\"features\": [2, 3]}\n", "1:2 2:3\n"}) {
    const Dataset dataset =
        OpenLike(schema, {WriteTestFile("new", text)}, Unlabelled());
    const Examples all = All(dataset);
    EXPECT_THAT(all.values, ElementsAre(2, 3)) << text;
    EXPECT_EQ(dataset.schema().feature_names, schema.feature_names);
  }
}

TEST(DatasetOpenLikeTest, FilesAreLabelledAllOrNone) {
  const Schema schema = Open({WriteTestFile("a", "1,2,3\n")}).schema();
  const std::string with = WriteTestFile("with", "1,2,3\n");
  const std::string without = WriteTestFile("without", "2,3\n");
  EXPECT_EQ(Dataset::OpenLike(schema, {with, without}, Unlabelled())
                .status()
                .message(),
            without + ": the file has no labels, but " + with +
                " has them; read such files apart");
}

TEST(DatasetOpenLikeTest, OtherFormatsTakeTheSchemasForm) {
  const Schema dense = Open({WriteTestFile("dense", "1,0,0,7\n")}).schema();
  DataOptions options;
  options.feature_dim = 3;
  const Schema sparse =
      Open({WriteTestFile("sparse", "1 1:7\n")}, options).schema();
  const std::string records = RecordIoRecord(1, {0, 5, 0});
  for (const std::string& text :
       {std::string("1,0,5,0\n"), std::string("1 2:5\n"),
        std::string("{\"label\": 1, \"features\": [0, 5, 0]}\n"), records}) {
    const std::string path = WriteTestFile("new", text);
    const Examples as_dense = All(OpenLike(dense, {path}));
    EXPECT_FALSE(as_dense.sparse);
    EXPECT_THAT(as_dense.values, ElementsAre(0, 5, 0)) << text;
    EXPECT_THAT(as_dense.labels, ElementsAre(1));
    const Examples as_sparse = All(OpenLike(sparse, {path}));
    EXPECT_TRUE(as_sparse.sparse);
    EXPECT_THAT(as_sparse.feature_ids, ElementsAre(1)) << text;
    EXPECT_THAT(as_sparse.values, ElementsAre(5)) << text;
    EXPECT_THAT(as_sparse.labels, ElementsAre(1));
  }
}

TEST(DatasetOpenLikeTest, WideRowsStayWithinABlock) {
  Schema schema;
  schema.num_features = 1000000;
  std::string text;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&text, "1 1000000:", i, "\n");
  const Examples all = All(OpenLike(schema, {WriteTestFile("a", text)}));
  EXPECT_EQ(all.values.size(), 20000000u);
}

TEST(DatasetOpenLikeTest, LibsvmIsNumberedAsTheSchemaSays) {
  DataOptions options;
  options.feature_dim = 3;
  const Schema schema =
      Open({WriteTestFile("train", "1 0:7\n")}, options).schema();
  ASSERT_EQ(schema.first_id, 0);
  // By itself this would look like ids from 1.
  EXPECT_THAT(
      All(OpenLike(schema, {WriteTestFile("new", "1 1:7 2:8\n")})).feature_ids,
      ElementsAre(1, 2));
}

TEST(DatasetOpenLikeTest, WhatDoesNotFitIsAnError) {
  const Schema schema = Open({WriteTestFile("a", "1,2,3\n")}).schema();
  const auto error = [&](const std::string& text, DataOptions options = {}) {
    return std::string(
        Dataset::OpenLike(schema, {WriteTestFile("new", text)}, options)
            .status()
            .message());
  };
  EXPECT_THAT(error("1,2,3,4\n"), HasSubstr("found 4 columns"));
  EXPECT_THAT(error("2,3\n"), HasSubstr("found 2 columns"));
  EXPECT_THAT(error(RecordIoRecord(1, {1})),
              HasSubstr("found 1 feature in the first record, expected 2"));
  DataOptions options;
  options.feature_dim = 3;
  EXPECT_THAT(error("1,2,3\n", options),
              HasSubstr("found 2 features, expected 3 (feature_dim)"));
  const Dataset libsvm = OpenLike(schema, {WriteTestFile("libsvm", "1 3:1\n")});
  EXPECT_THAT(std::string(ReadAll(libsvm).status().message()),
              HasSubstr("found feature id 3, expected ids from 1 to 2"));
}

}  // namespace
}  // namespace lineup
