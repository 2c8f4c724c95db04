// Reads the real data sets (docs/testing.md) and holds what comes out against
// what is known of them.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/test_data.h"
#include "common/data/dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Summary {
  uint64_t examples = 0;
  uint64_t values = 0;
  double label_sum = 0;
  double value_sum = 0;
  uint32_t width = 0;
};

absl::StatusOr<Summary> Summarise(const Dataset& dataset) {
  Summary summary;
  for (size_t split = 0; split < dataset.splits().size(); ++split) {
    const absl::Status status = dataset.ReadSplit(
        split,
        [&](const Examples& block) {
          summary.examples += block.size();
          summary.values += block.values.size();
          summary.width = std::max(summary.width, block.num_features);
          for (const float label : block.labels) summary.label_sum += label;
          for (const float value : block.values) summary.value_sum += value;
          return absl::OkStatus();
        },
        nullptr);
    if (!status.ok()) return status;
  }
  return summary;
}

TEST(DatasetRealDataTest, Mnist) {
  LINEUP_TEST_DATA_OR_SKIP(train, "mnist/train.csv.gz");
  LINEUP_TEST_DATA_OR_SKIP(test, "mnist/test.csv.gz");
  DataOptions options;
  options.label_domain = {LabelDomain::kClasses, 10};
  const auto dataset = Dataset::Open({train}, options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->schema().num_features, 784u);
  EXPECT_EQ(dataset->splits().size(), 1u);
  const auto summary = Summarise(*dataset);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->examples, 60000u);
  // The mean pixel of MNIST's training images is 0.1307 of 255.
  EXPECT_NEAR(summary->value_sum / summary->values / 255, 0.1307, 1e-4);

  const auto more = Dataset::OpenLike(dataset->schema(), {test}, options);
  ASSERT_TRUE(more.ok()) << more.status();
  const auto more_summary = Summarise(*more);
  ASSERT_TRUE(more_summary.ok()) << more_summary.status();
  EXPECT_EQ(more_summary->examples, 10000u);
}

TEST(DatasetRealDataTest, A9a) {
  LINEUP_TEST_DATA_OR_SKIP(train, "a9a/a9a.train.svm");
  DataOptions options;
  options.label_domain.kind = LabelDomain::kBinary;
  options.split_bytes = 100000;
  const auto dataset = Dataset::Open({train}, options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->schema().format, FileFormat::kLibsvm);
  EXPECT_TRUE(dataset->schema().sparse);
  EXPECT_EQ(dataset->schema().first_id, 1);
  EXPECT_EQ(dataset->schema().num_features, 0u);
  const auto summary = Summarise(*dataset);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->examples, 32561u);
  EXPECT_EQ(summary->width, 123u);
  EXPECT_EQ(summary->values, summary->value_sum);  // all ones
  EXPECT_EQ(summary->label_sum, 7841);
}

TEST(DatasetRealDataTest, Ufo) {
  LINEUP_TEST_DATA_OR_SKIP(train, "ufo/train.rec");
  LINEUP_TEST_DATA_OR_SKIP(validation, "ufo/validation.rec");
  DataOptions options;
  options.label_domain = {LabelDomain::kClasses, 3};
  options.split_bytes = 100000;
  const auto dataset = Dataset::Open({train, validation}, options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->schema().format, FileFormat::kRecordIo);
  EXPECT_FALSE(dataset->schema().sparse);
  EXPECT_EQ(dataset->schema().num_features, 22u);
  EXPECT_GT(dataset->splits().size(), 15u);
  const auto summary = Summarise(*dataset);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->examples, 14430u + 1773u);
}

// The file holds another message than aialgs.data.Record: the pixels as packed
// floats in field 2 and the label as a double in field 3.
TEST(DatasetRealDataTest, OtherMessagesInRecordIo) {
  LINEUP_TEST_DATA_OR_SKIP(path, "recordio_fixtures/mnist_first_10_rows.rec");
  const auto dataset = Dataset::Open({path}, DataOptions());
  EXPECT_EQ(dataset.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(dataset.status().message()),
              HasSubstr("mnist_first_10_rows.rec: record 1: "));
}

TEST(DatasetRealDataTest, Adult) {
  LINEUP_TEST_DATA_OR_SKIP(path, "adult/adult_encoded.csv");
  const auto dataset = Dataset::Open({path}, DataOptions());
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->schema().num_features, 14u);
  const auto summary = Summarise(*dataset);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->examples, 32561u);
  EXPECT_EQ(summary->label_sum, 7841);
}

// Text where numbers belong is an error at the first line, not a header.
TEST(DatasetRealDataTest, AdultWithCategories) {
  LINEUP_TEST_DATA_OR_SKIP(path, "adult/adult.data");
  const auto dataset = Dataset::Open({path}, DataOptions());
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(
      std::string(Summarise(*dataset).status().message()),
      EndsWith(
          "adult.data:1:2: feature 0: found \"State-gov\", expected a number; "
          "encode text as numbers first (one column a category, 0 or 1)"));
}

TEST(DatasetRealDataTest, OtherTables) {
  const struct {
    const char* name;
    uint64_t examples;
    uint32_t features;
  } kTables[] = {
      {"abalone/abalone.train.csv", 3342, 10},
      {"california_housing/calhousing.train.csv", 16512, 13},
      {"letter/letter.train.csv", 16000, 16},
      {"higgs/higgs7k.train.csv", 7000, 28},
  };
  for (const auto& table : kTables) {
    LINEUP_TEST_DATA_OR_SKIP(path, table.name);
    const auto dataset = Dataset::Open({path}, DataOptions());
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_EQ(dataset->schema().num_features, table.features) << table.name;
    const auto summary = Summarise(*dataset);
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->examples, table.examples) << table.name;
  }
}

}  // namespace
}  // namespace lineup
