// Reads a real Linear Learner archive and answers as the real container did.

#include "common/base/files.h"
#include "common/base/test_data.h"
#include "common/model/archive_file.h"
#include "common/model/model_archive.h"
#include "common/model/predictor.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

constexpr char kArchive[] = "adult_linear_learner/model.tar.gz";

std::string MemberOf(const std::string& bytes, const std::string& name) {
  const auto members = UnpackArchive(bytes, "archive", 1 << 20);
  EXPECT_TRUE(members.ok()) << members.status();
  for (const ArchiveMember& member : *members) {
    if (member.name == name) return member.contents;
  }
  ADD_FAILURE() << "no member " << name;
  return "";
}

TEST(GoldenArchiveTest, WritingTheModelAgainGivesTheSameBytes) {
  LINEUP_TEST_DATA_OR_SKIP(path, kArchive);
  const auto bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto model = ParseModelArchive(*bytes, path);
  ASSERT_TRUE(model.ok()) << model.status();
  const std::string original = MemberOf(*bytes, "model_algo-1");
  const std::string rewritten = SerializeModelZip(*model);
  EXPECT_EQ(MemberOf(rewritten, "mx-mod-0000.params"),
            MemberOf(original, "mx-mod-0000.params"));
  // With the time stamp of the original, 2023-01-17 17:54:14, all of it.
  EXPECT_EQ(SerializeModelZip(*model, {0x8ec7, 0x5631}), original);
}

TEST(GoldenArchiveTest, AnswersAsTheContainerDid) {
  LINEUP_TEST_DATA_OR_SKIP(path, kArchive);
  LINEUP_TEST_DATA_OR_SKIP(golden_path,
                           "adult_linear_learner/golden_predictions.json");
  const auto golden_text = ReadFile(golden_path);
  ASSERT_TRUE(golden_text.ok()) << golden_text.status();
  const nlohmann::json golden = nlohmann::json::parse(*golden_text);
  ASSERT_EQ(golden.size(), 334u);
  const auto bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto model = ParseModelArchive(*bytes, path);
  ASSERT_TRUE(model.ok()) << model.status();
  const auto predictor = Predictor::Create(*model);
  ASSERT_TRUE(predictor.ok()) << predictor.status();

  Examples examples;
  examples.num_features = 14;
  for (const nlohmann::json& row : golden) {
    for (const float value : row["features"]) examples.values.push_back(value);
  }
  const auto predictions = predictor->Predict(examples);
  ASSERT_TRUE(predictions.ok()) << predictions.status();
  ASSERT_EQ(predictions->size(), golden.size());
  for (size_t i = 0; i < golden.size(); ++i) {
    EXPECT_NEAR(predictions->scores[i], golden[i]["score"].get<double>(), 1e-6)
        << "row " << i;
    EXPECT_EQ(predictions->labels[i],
              golden[i]["predicted_label"].get<uint32_t>())
        << "row " << i;
  }
}

}  // namespace
}  // namespace lineup
