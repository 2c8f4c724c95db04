#include "common/data/dataset.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
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

TEST(DatasetFilesTest, ExamplesAreEstimatedFromTheHeads) {
  std::string text = "y,a\n";
  for (int i = 0; i < 200000; ++i) absl::StrAppend(&text, "1,", i % 10, "\n");
  const std::vector<std::string> files = {WriteTestFile("e/a.csv", text),
                                          WriteTestFile("e/b.csv", text)};
  EXPECT_NEAR(Open(files).estimated_examples(), 400000, 10);
  std::string records;
  for (int i = 0; i < 20000; ++i) records += RecordIoRecord(1, {2, 3});
  EXPECT_NEAR(
      Open({WriteTestFile("e/records.rec", records)}).estimated_examples(),
      20000, 10);
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

TEST(DatasetFilesTest, OnlyCsvHasColumnsToChoose) {
  const std::string path = WriteTestFile("data", "1 1:2\n");
  DataOptions options;
  options.label = "y";
  EXPECT_EQ(OpenError({path}, options),
            absl::StrCat("--label y: ", path,
                         " looks like libsvm, which has no such columns; "
                         "leave the flag out, or say --format csv"));
  options.label = "none";
  EXPECT_FALSE(Open({path}, options).schema().labelled);
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
  EXPECT_THAT(ReadError(zero, options),
              AllOf(StartsWith(zero + ":1:3: "), HasSubstr("--first-id 0")));
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

TEST(DatasetTest, BlocksAreAsSmallAsAskedFor) {
  std::string libsvm, csv;
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&libsvm, i, " 1:", i, " 7:1\n");
    absl::StrAppend(&csv, i, ",1,2\n");
  }
  for (const std::string& text : {libsvm, csv}) {
    const Dataset dataset = Open({WriteTestFile("a", text)});
    std::vector<size_t> sizes;
    std::vector<float> labels;
    const auto sink = [&](const Examples& block) {
      sizes.push_back(block.size());
      labels.insert(labels.end(), block.labels.begin(), block.labels.end());
      return absl::OkStatus();
    };
    ASSERT_EQ(dataset.splits().size(), 1u);
    ASSERT_TRUE(dataset.ReadSplit(0, sink, nullptr, 30).ok());
    EXPECT_THAT(sizes, ElementsAre(30, 30, 30, 10));
    for (size_t i = 0; i < labels.size(); ++i) EXPECT_EQ(labels[i], i);
  }
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
