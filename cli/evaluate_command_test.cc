#include "cli/evaluate_command.h"

#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/example_model.h"
#include "common/base/files.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using ::testing::HasSubstr;

TEST(EvaluateCommandTest, MeasuresOnTheExample) {
  EvaluateOptions options;
  options.model = WriteExampleModel(TestDirectory());
  options.inputs = {kExampleTable};
  options.json = true;
  std::string first;
  for (const uint32_t threads : {1, 3}) {
    options.threads = threads;
    std::ostringstream out;
    std::ostringstream err;
    const absl::Status status = RunEvaluate(options, out, err);
    ASSERT_TRUE(status.ok()) << status;
    const auto json = nlohmann::json::parse(out.str());
    EXPECT_EQ(json["examples"], 114);
    EXPECT_EQ(json["skipped_records"], 0);
    // Benign tumours are small.
    EXPECT_GT(json["binary_classification_accuracy"], 0.8);
    EXPECT_GT(json["roc_auc_score"], 0.9);
    if (first.empty()) first = out.str();
    EXPECT_EQ(out.str(), first);
  }
  options.json = false;
  std::ostringstream out;
  std::ostringstream err;
  ASSERT_TRUE(RunEvaluate(options, out, err).ok());
  EXPECT_THAT(out.str(), HasSubstr("examples  114"));
  EXPECT_THAT(out.str(), HasSubstr("binary_classification_accuracy"));
}

TEST(EvaluateCommandTest, NamesALabelThatTheModelCannotAnswer) {
  const std::string directory = TestDirectory();
  EvaluateOptions options;
  options.model = WriteExampleModel(directory);
  options.inputs = {directory + "/data.csv"};
  std::string row = "2";
  for (int i = 0; i < 30; ++i) absl::StrAppend(&row, ",", i);
  ASSERT_TRUE(AtomicWriteFile(options.inputs[0], row + "\n").ok());
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_THAT(std::string(RunEvaluate(options, out, err).message()),
              HasSubstr("data.csv:1:1: label: found 2, expected a label of 0 "
                        "or 1"));
}

TEST(EvaluateCommandTest, WantsLabels) {
  const std::string directory = TestDirectory();
  EvaluateOptions options;
  options.model = WriteExampleModel(directory);
  options.inputs = {directory + "/data.csv"};
  std::string row = "0";
  for (int i = 1; i < 30; ++i) absl::StrAppend(&row, ",", i);
  ASSERT_TRUE(AtomicWriteFile(options.inputs[0], row + "\n").ok());
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_THAT(std::string(RunEvaluate(options, out, err).message()),
              HasSubstr("data.csv: found 30 columns (the delimiter is \",\"), "
                        "expected 31: the label, 30 features"));
}

}  // namespace
}  // namespace lineup
