#include "cli/predict_command.h"

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/example_model.h"
#include "common/base/files.h"
#include "common/base/test_data.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Answer {
  double score;
  int label;
};

std::vector<Answer> ReadAnswers(const std::string& path) {
  const auto text = ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.status();
  std::vector<Answer> answers;
  for (const absl::string_view line :
       absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    const auto json = nlohmann::json::parse(line);
    answers.push_back({json["score"], json["predicted_label"]});
  }
  return answers;
}

// The rows of the example table, without its header.
std::vector<std::vector<std::string>> TableRows() {
  const auto text = ReadFile(kExampleTable);
  EXPECT_TRUE(text.ok()) << text.status();
  std::vector<std::vector<std::string>> rows;
  for (const absl::string_view line :
       absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    rows.push_back(absl::StrSplit(line, ','));
  }
  rows.erase(rows.begin());
  return rows;
}

void ExpectRightAnswers(const std::vector<Answer>& answers) {
  const auto rows = TableRows();
  ASSERT_EQ(answers.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    double radius;
    ASSERT_TRUE(absl::SimpleAtod(rows[i][1], &radius));
    EXPECT_NEAR(answers[i].score, 1 / (1 + std::exp(radius - 15)), 1e-6);
    EXPECT_EQ(answers[i].label, radius <= 15);
  }
}

TEST(PredictCommandTest, ScoresATableWithLabels) {
  const std::string directory = TestDirectory();
  PredictOptions options;
  options.model = WriteExampleModel(directory);
  options.inputs = {kExampleTable};
  options.output = directory + "/out.jsonl";
  std::ostringstream err;
  const absl::Status status = RunPredict(options, err);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(err.str(), IsEmpty());
  ExpectRightAnswers(ReadAnswers(options.output));
}

// Other formats and layouts of the same examples give the same answers.
TEST(PredictCommandTest, ScoresEveryLayout) {
  const std::string directory = TestDirectory();
  const auto table = ReadFile(kExampleTable);
  ASSERT_TRUE(table.ok());
  std::vector<std::string> names =
      absl::StrSplit(table->substr(0, table->find('\n')), ',');
  names.erase(names.begin());
  std::string bare;
  std::string reversed = absl::StrJoin(names.rbegin(), names.rend(), ";");
  std::string libsvm;
  std::string json_lines;
  reversed += '\n';
  for (std::vector<std::string> row : TableRows()) {
    absl::StrAppend(&libsvm, row[0]);
    for (size_t i = 1; i < row.size(); ++i) {
      absl::StrAppend(&libsvm, " ", i, ":", row[i]);
    }
    libsvm += '\n';
    row.erase(row.begin());
    absl::StrAppend(&bare, absl::StrJoin(row, ","), "\n");
    absl::StrAppend(&reversed, absl::StrJoin(row.rbegin(), row.rend(), ";"),
                    "\n");
    absl::StrAppend(&json_lines, "{\"features\": [", absl::StrJoin(row, ","),
                    "]}\n");
  }
  PredictOptions options;
  options.model = WriteExampleModel(directory);
  options.output = directory + "/out.jsonl";
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{
           {"bare.csv", bare},
           {"reversed.csv", reversed},
           {"data.svm", libsvm},
           {"data.jsonl", json_lines}}) {
    SCOPED_TRACE(name);
    options.inputs = {directory + "/" + name};
    ASSERT_TRUE(AtomicWriteFile(options.inputs[0], text).ok());
    std::ostringstream err;
    const absl::Status status = RunPredict(options, err);
    ASSERT_TRUE(status.ok()) << status;
    ExpectRightAnswers(ReadAnswers(options.output));
  }
}

TEST(PredictCommandTest, ReportsWhatItSkipped) {
  const std::string directory = TestDirectory();
  std::vector<std::string> row(30, "0");
  std::string text = absl::StrJoin(row, ",");
  row[2] = "?";
  absl::StrAppend(&text, "\n", absl::StrJoin(row, ","), "\n");
  PredictOptions options;
  options.model = WriteExampleModel(directory);
  options.inputs = {directory + "/data.csv"};
  options.output = directory + "/out.jsonl";
  ASSERT_TRUE(AtomicWriteFile(options.inputs[0], text).ok());
  std::ostringstream err;
  EXPECT_THAT(std::string(RunPredict(options, err).message()),
              HasSubstr("data.csv:2:3: mean_perimeter: found \"?\""));
  EXPECT_FALSE(ReadFile(options.output).ok());
  options.data.max_bad_records = 1;
  const absl::Status status = RunPredict(options, err);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(err.str(), HasSubstr("skipped 1 record"));
  EXPECT_THAT(err.str(), HasSubstr("data.csv:2:3: mean_perimeter"));
  EXPECT_EQ(ReadAnswers(options.output).size(), 1u);
}

TEST(PredictCommandTest, AgreesWithTheLinearLearner) {
  LINEUP_TEST_DATA_OR_SKIP(archive, "adult_linear_learner/model.tar.gz");
  LINEUP_TEST_DATA_OR_SKIP(golden_path,
                           "adult_linear_learner/golden_predictions.json");
  const auto golden_text = ReadFile(golden_path);
  ASSERT_TRUE(golden_text.ok()) << golden_text.status();
  const auto golden = nlohmann::json::parse(*golden_text);
  std::string text;
  for (const auto& row : golden) {
    absl::StrAppend(
        &text, absl::StrJoin(row["features"].get<std::vector<double>>(), ","),
        "\n");
  }
  const std::string directory = TestDirectory();
  PredictOptions options;
  options.model = archive;
  options.inputs = {directory + "/data.csv"};
  options.output = directory + "/out.jsonl";
  ASSERT_TRUE(AtomicWriteFile(options.inputs[0], text).ok());
  std::ostringstream err;
  const absl::Status status = RunPredict(options, err);
  ASSERT_TRUE(status.ok()) << status;
  const std::vector<Answer> answers = ReadAnswers(options.output);
  ASSERT_EQ(answers.size(), 334u);
  ASSERT_EQ(golden.size(), 334u);
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_NEAR(answers[i].score, golden[i]["score"].get<double>(), 1e-6);
    EXPECT_EQ(answers[i].label, golden[i]["predicted_label"].get<int>());
  }
}

}  // namespace
}  // namespace lineup
