#include "cli/inspect_command.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/model_report.h"
#include "common/base/files.h"
#include "common/model/model_archive.h"
#include "common/model/model_directory.h"
#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ModelFile SmallFile() {
  ModelFile file;
  file.model = SmallBinaryModel();
  file.model.feature_names = {"age", "height"};
  ModelDocument& document = file.document.emplace();
  document.best_candidate = 1;
  document.selection_criterion = "accuracy";
  document.selection_data = "validation";
  document.seed = 7;
  document.train_metrics = {{"objective_loss", 0.5}, {"recall", 0.25}};
  document.validation_metrics = {{"objective_loss", 0.75}};
  document.hyperparameters = {{"epochs", 15}, {"optimizer", "adam"}};
  document.notes = {"Two rows were skipped."};
  for (uint32_t i = 0; i < 2; ++i) {
    CandidateReport candidate;
    candidate.index = i;
    candidate.hyperparameters = {{"wd", i == 0 ? 1.0 : 0.01},
                                 {"optimizer", "adam"}};
    candidate.train_loss = {0.75, 0.5 + i};
    candidate.validation = {{"objective_loss", 0.9 - 0.1 * i},
                            {"binary_classification_accuracy", 0.8}};
    document.candidates.push_back(candidate);
  }
  return file;
}

TEST(ModelReportTest, TellsWhatAPersonAsks) {
  EXPECT_EQ(ModelReport(SmallFile(), 1),
            R"(predictor    binary_classifier
loss         logistic
features     2
weights      2, of which 0 are zero
threshold    0.25
chosen       candidate 1 of 2 by accuracy on validation data
seed         7
note         Two rows were skipped.

metrics
  metric          train  validation
  objective_loss    0.5        0.75
  recall           0.25           -

candidates (* = chosen)
  candidate    wd  train_loss  validation_loss  binary_classification_accuracy  epochs     state
  1 *        0.01         1.5              0.8                             0.8       2  finished
  0             1         0.5              0.9                             0.8       2  finished

settings
  hyperparameter  value
  epochs             15
  optimizer        adam

strongest weights (for one unit of the raw feature; 1 of 2)
  feature  weight
  height       -2
)");
}

TEST(ModelReportTest, StrongestWeightsAreOrderedAndNeverZero) {
  const std::vector<FeatureWeight> weights =
      StrongestWeights(SmallMulticlassModel(), 10);
  ASSERT_EQ(weights.size(), 5u);  // one of the six is zero
  EXPECT_EQ(weights[0].weight, 2.0f);
  EXPECT_EQ(weights[0].feature, 1u);
  EXPECT_EQ(weights[0].output, 1u);
  EXPECT_EQ(weights[1].weight, 1.0f);  // before -1: the lower class
  EXPECT_EQ(weights[2].weight, -1.0f);
  EXPECT_EQ(weights[4].weight, 0.25f);
}

TEST(ModelReportTest, AnArchiveClaimsNoTraining) {
  ModelFile file;
  file.model = SmallMulticlassModel();
  const nlohmann::ordered_json json = ModelReportJson(file, 2);
  EXPECT_FALSE(json.contains("candidates"));
  EXPECT_FALSE(json.contains("seed"));
  EXPECT_EQ(json["num_classes"], 3);
  EXPECT_EQ(json["strongest_weights"].size(), 2u);
  EXPECT_EQ(json["strongest_weights"][0]["class"], 1);
  EXPECT_THAT(ModelReport(file, 2), Not(HasSubstr("chosen")));
}

TEST(ModelReportTest, JsonHasTheTable) {
  const nlohmann::ordered_json json = ModelReportJson(SmallFile(), 5);
  EXPECT_EQ(json["best_candidate"], 1);
  EXPECT_EQ(json["candidates"].size(), 2u);
  EXPECT_EQ(json["metrics"]["train"]["recall"], 0.25);
  EXPECT_EQ(json["strongest_weights"][0]["feature"], "height");
}

TEST(InspectCommandTest, ReadsDirectoriesAndNamesWhatIsMissing) {
  std::string pattern = absl::StrCat(::testing::TempDir(), "/inspect_XXXXXX");
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const std::string root = pattern;
  const ModelFile file = SmallFile();
  ASSERT_TRUE(
      WriteModelDirectory(root + "/m", *file.document, file.model).ok());
  std::ostringstream out;
  ASSERT_TRUE(RunInspect({root + "/m", 1, false}, out).ok());
  EXPECT_EQ(out.str(), ModelReport(file, 1));
  std::ostringstream json;
  ASSERT_TRUE(RunInspect({root + "/m", 1, true}, json).ok());
  EXPECT_EQ(nlohmann::json::parse(json.str())["seed"], 7);
  EXPECT_EQ(RunInspect({root + "/absent", 1, false}, out).code(),
            absl::StatusCode::kNotFound);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace lineup
