// From a table to predictions with the real program: what `lineup train`
// leaves is what `lineup predict`, `evaluate` and `inspect` work with, and it
// has the same bits each time.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/program.h"

namespace lineup {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Task {
  const char* table;  // in examples/
  const char* predictor_type;
  std::string flags;
  // A metric that evaluate and model.json give, and its bounds.
  const char* metric;
  double least;
  double most;
};

std::string ReadText(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? *text : "";
}

json ReadJson(const std::string& path) { return json::parse(ReadText(path)); }

ProgramResult MustRun(const std::string& command) {
  const ProgramResult result = RunLineup(
      absl::StrSplit(command, ' ', absl::SkipEmpty()), absl::Seconds(100));
  EXPECT_EQ(result.status, 0) << command << "\n" << result.err;
  return result;
}

std::string Table(const Task& task, const std::string& part) {
  return absl::StrCat("examples/", task.table, "/", part, ".csv");
}

class TrainCommandTest : public testing::TestWithParam<Task> {
 protected:
  static std::string Output(const std::string& name) {
    return absl::StrCat(testing::TempDir(), "/", GetParam().table, "_", name);
  }

  // Trains into Output(name) and gives its model.json.
  static json Train(const std::string& name, const std::string& flags) {
    const Task& task = GetParam();
    MustRun(absl::StrCat(
        "train --quiet --mini-batch-size=50 --train=", Table(task, "train"),
        " --validation=", Table(task, "validation"), " --output=", Output(name),
        " ", flags));
    return ReadJson(Output(name) + "/model.json");
  }

  static std::string TypeFlags() {
    return absl::StrCat(" --predictor-type=", GetParam().predictor_type, " ",
                        GetParam().flags);
  }

  static std::string Archive(const std::string& name) {
    return ReadText(Output(name) + "/model.tar.gz");
  }
};

TEST_P(TrainCommandTest, TheModelHasWhatScriptsRelyOn) {
  const json model = Train("fields", "--epochs=3" + TypeFlags());
  EXPECT_EQ(model.at("predictor_type"), GetParam().predictor_type);
  EXPECT_TRUE(model.contains("threshold"));
  const json& candidates = model.at("candidates");
  ASSERT_EQ(candidates.size(), 32u);
  const size_t best = model.at("best_candidate");
  for (size_t i = 0; i < candidates.size(); ++i) {
    EXPECT_EQ(candidates[i].at("index"), i);
    EXPECT_TRUE(candidates[i].at("hyperparameters").contains("learning_rate"));
    EXPECT_LE(candidates[i].at("train_loss").size(), 3u);
    EXPECT_GE(candidates[i].at("train_loss").size(), 1u);
  }
  EXPECT_EQ(candidates.at(best).at("train_loss").size(), 3u);
  EXPECT_TRUE(candidates.at(best).at("validation").contains(GetParam().metric));
}

TEST_P(TrainCommandTest, EvaluateAgreesWithTheModelAndInspectShowsIt) {
  const json model = Train("evaluated", "--epochs=5" + TypeFlags());
  const json evaluated = json::parse(
      MustRun(absl::StrCat("evaluate --json --model=", Output("evaluated"),
                           " --input=", Table(GetParam(), "validation")))
          .out);
  int compared = 0;
  for (const auto& [name, value] :
       model.at("metrics").at("validation").items()) {
    ASSERT_TRUE(evaluated.contains(name)) << name;
    const double expected = value;
    EXPECT_NEAR(evaluated.at(name), expected, 1e-5 * std::abs(expected))
        << name;
    ++compared;
  }
  EXPECT_GE(compared, 2);
  const double metric = evaluated.at(GetParam().metric);
  EXPECT_GE(metric, GetParam().least);
  EXPECT_LE(metric, GetParam().most);
  EXPECT_THAT(MustRun("inspect " + Output("evaluated")).out,
              HasSubstr(GetParam().predictor_type));
}

TEST_P(TrainCommandTest, TheArchivePredictsAsTheDirectoryDoes) {
  Train("predicted", "--epochs=3" + TypeFlags());
  const std::string input = " --input=" + Table(GetParam(), "validation");
  const std::string of_directory = Output("directory.jsonl");
  const std::string of_archive = Output("archive.jsonl");
  MustRun("predict --model=" + Output("predicted") + input +
          " --output=" + of_directory);
  MustRun("predict --model=" + Output("predicted") + "/model.tar.gz" + input +
          " --output=" + of_archive);
  const std::string text = ReadText(of_directory);
  const std::vector<std::string> lines =
      absl::StrSplit(text, '\n', absl::SkipEmpty());
  const std::string table = ReadText(Table(GetParam(), "validation"));
  EXPECT_EQ(lines.size() + 1, std::count(table.begin(), table.end(), '\n'));
  for (const std::string& line : lines) {
    EXPECT_TRUE(json::parse(line).contains("score")) << line;
  }
  EXPECT_TRUE(text == ReadText(of_archive));
}

TEST_P(TrainCommandTest, HyperparametersMayBeStringsInAFile) {
  json file = {{"predictor_type", GetParam().predictor_type},
               {"epochs", "2"},
               {"learning_rate", "0.01"},
               {"num_models", "4"}};
  if (!GetParam().flags.empty()) file["num_classes"] = "10";
  const std::string path = Output("hyperparameters.json");
  std::ofstream(path) << file;
  const json model = Train("from_file", "--hyperparameters=" + path);
  ASSERT_EQ(model.at("candidates").size(), 4u);
  const json& candidate = model.at("candidates").at(0);
  EXPECT_EQ(candidate.at("hyperparameters").at("learning_rate"), 0.01);
  EXPECT_EQ(candidate.at("train_loss").size(), 2u);
}

TEST_P(TrainCommandTest, AWarmStartBeginsWhereTheModelIs) {
  const std::string flags =
      " --epochs=4 --learning-rate=0.01 --wd=0.0001 --num-models=1" +
      TypeFlags();
  const json cold = Train("cold", flags);
  const json warm = Train("warm", flags + " --warm-start=" + Output("cold"));
  const auto first_loss = [](const json& model) -> double {
    return model.at("candidates").at(0).at("train_loss").at(0);
  };
  EXPECT_LT(first_loss(warm), first_loss(cold));
}

TEST_P(TrainCommandTest, TheSeedDecidesTheBitsAndThreadsDoNot) {
  const std::string flags = "--epochs=2" + TypeFlags();
  Train("once", flags + " --seed=7 --threads=1");
  const std::string archive = Archive("once");
  for (const char* threads : {"1", "2", "4"}) {
    Train("again", absl::StrCat(flags, " --seed=7 --threads=", threads));
    EXPECT_TRUE(Archive("again") == archive) << threads << " threads";
  }
  Train("other", flags + " --seed=8");
  EXPECT_FALSE(Archive("other") == archive);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, TrainCommandTest,
    testing::Values(Task{"breast_cancer", "binary_classifier", "",
                         "binary_classification_accuracy", 0.9, 1},
                    Task{"digits", "multiclass_classifier", "--num-classes=10",
                         "multiclass_accuracy", 0.9, 1},
                    Task{"diabetes", "regressor", "", "mse", 1000, 6000}),
    [](const auto& info) { return std::string(info.param.table); });

}  // namespace
}  // namespace lineup
