#include "common/model/model_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/model/model_archive.h"
#include "common/model/model_json.h"
#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class ModelDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        absl::StrCat(::testing::TempDir(), "/model_directory_XXXXXX");
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string Path(absl::string_view name) const {
    return absl::StrCat(root_, "/", name);
  }
  // Names in a directory, hidden ones included.
  static std::vector<std::string> Names(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  std::string root_;
};

TEST_F(ModelDirectoryTest, WritesBothFilesAndNothingElse) {
  const std::string directory = Path("a/new/model");
  ASSERT_TRUE(CheckModelDirectoryWritable(directory).ok());
  const absl::Status status =
      WriteModelDirectory(directory, {}, SmallBinaryModel());
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names(directory),
              UnorderedElementsAre("model.json", "model.tar.gz"));
  EXPECT_THAT(Names(Path("a/new")), UnorderedElementsAre("model"));
}

TEST_F(ModelDirectoryTest, EveryWayOfNamingAModelReadsIt) {
  ModelDocument document;
  document.seed = 17;
  ASSERT_TRUE(
      WriteModelDirectory(Path("m"), document, SmallMulticlassModel()).ok());
  for (const char* name : {"m", "m/", "m/model.json", "m/model.tar.gz"}) {
    const auto file = ReadModel(Path(name));
    ASSERT_TRUE(file.ok()) << name << ": " << file.status();
    EXPECT_EQ(file->model.weights, SmallMulticlassModel().weights) << name;
    const bool archive = std::string(name) == "m/model.tar.gz";
    ASSERT_EQ(file->document.has_value(), !archive) << name;
    if (!archive) {
      EXPECT_EQ(file->document->seed, 17u);
    }
  }
}

TEST_F(ModelDirectoryTest, ADirectoryWithAnArchiveAloneIsRead) {
  ASSERT_TRUE(CreateDirectories(Path("ll")).ok());
  ASSERT_TRUE(AtomicWriteFile(Path("ll/model.tar.gz"),
                              *SerializeModelArchive(AdultModel()))
                  .ok());
  const auto file = ReadModel(Path("ll"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->model.weights, AdultModel().weights);
}

TEST_F(ModelDirectoryTest, ANewModelReplacesTheEarlierOne) {
  for (const std::string& name : {Path("m"), Path("m/")}) {
    ASSERT_TRUE(WriteModelDirectory(name, {}, SmallBinaryModel()).ok());
    ASSERT_TRUE(WriteModelDirectory(name, {}, SmallMulticlassModel()).ok());
    const auto file = ReadModel(name);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->model.num_classes, 3u);
    EXPECT_THAT(Names(root_), UnorderedElementsAre("m"));
  }
}

TEST_F(ModelDirectoryTest, ALinkIsFollowed) {
  ASSERT_TRUE(WriteModelDirectory(Path("m"), {}, SmallBinaryModel()).ok());
  ASSERT_EQ(symlink("m", Path("link").c_str()), 0);
  ASSERT_TRUE(
      WriteModelDirectory(Path("link"), {}, SmallMulticlassModel()).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
  EXPECT_EQ(ReadModel(Path("m"))->model.num_classes, 3u);
}

TEST_F(ModelDirectoryTest, AFailedWriteKeepsTheEarlierModel) {
  ASSERT_TRUE(WriteModelDirectory(Path("m"), {}, SmallBinaryModel()).ok());
  LinearModel broken = SmallBinaryModel();
  broken.weights[0] = NAN;
  EXPECT_FALSE(WriteModelDirectory(Path("m"), {}, broken).ok());
  const auto file = ReadModel(Path("m"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->model.weights, SmallBinaryModel().weights);
  EXPECT_THAT(Names(root_), UnorderedElementsAre("m"));
}

TEST_F(ModelDirectoryTest, OtherPeoplesFilesAreNotTouched) {
  ASSERT_TRUE(CreateDirectories(Path("m")).ok());
  ASSERT_TRUE(AtomicWriteFile(Path("m/thesis.txt"), "years of work").ok());
  const std::string error = absl::StrCat(
      Path("m"),
      ": the directory holds \"thesis.txt\", which is not part of a "
      "Lineup model and would be lost; choose another output "
      "directory or empty this one");
  EXPECT_EQ(CheckModelDirectoryWritable(Path("m")).message(), error);
  EXPECT_EQ(WriteModelDirectory(Path("m"), {}, SmallBinaryModel()).message(),
            error);
  EXPECT_THAT(Names(Path("m")), UnorderedElementsAre("thesis.txt"));
}

TEST_F(ModelDirectoryTest, AnotherProgramsModelIsNotReplaced) {
  ASSERT_TRUE(CreateDirectories(Path("m")).ok());
  ASSERT_TRUE(AtomicWriteFile(Path("m/model.json"), "{\"format\": 1}").ok());
  EXPECT_THAT(std::string(CheckModelDirectoryWritable(Path("m")).message()),
              HasSubstr("holds \"model.json\", which is not part"));
  ASSERT_TRUE(CreateDirectories(Path("ll")).ok());
  ASSERT_TRUE(AtomicWriteFile(Path("ll/model.tar.gz"), "x").ok());
  EXPECT_THAT(std::string(CheckModelDirectoryWritable(Path("ll")).message()),
              HasSubstr("holds \"model.tar.gz\", which is not part"));
}

TEST_F(ModelDirectoryTest, AnEmptyDirectoryIsTaken) {
  ASSERT_TRUE(CreateDirectories(Path("m")).ok());
  EXPECT_TRUE(CheckModelDirectoryWritable(Path("m")).ok());
  EXPECT_TRUE(Names(Path("m")).empty());
  EXPECT_TRUE(WriteModelDirectory(Path("m"), {}, SmallBinaryModel()).ok());
  EXPECT_TRUE(ReadModel(Path("m")).ok());
}

TEST_F(ModelDirectoryTest, BadPlacesAreNamed) {
  ASSERT_TRUE(AtomicWriteFile(Path("file"), "x").ok());
  EXPECT_EQ(CheckModelDirectoryWritable("").message(),
            "the output directory's name is empty; name one with --output");
  EXPECT_EQ(CheckModelDirectoryWritable("/").message(),
            "/: is the root directory; name a directory for the model");
  EXPECT_EQ(CheckModelDirectoryWritable(Path("file")).message(),
            absl::StrCat(Path("file"),
                         ": is a file; name a directory for the model"));
  EXPECT_FALSE(CheckModelDirectoryWritable(Path("file/below")).ok());
}

TEST_F(ModelDirectoryTest, WhatIsNoModelIsNamed) {
  EXPECT_EQ(ReadModel(Path("absent")).status().code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(CreateDirectories(Path("empty")).ok());
  EXPECT_EQ(ReadModel(Path("empty")).status().message(),
            absl::StrCat(Path("empty"),
                         ": the directory holds neither model.json nor "
                         "model.tar.gz; name the directory that was given to "
                         "lineup train as --output"));
  ASSERT_TRUE(AtomicWriteFile(Path("zero"), "").ok());
  EXPECT_EQ(ReadModel(Path("zero")).status().message(),
            absl::StrCat(Path("zero"),
                         ": the file is empty, expected a "
                         "model"));
}

TEST_F(ModelDirectoryTest, ALargeModelsWeightsComeFromTheArchive) {
  LinearModel model = SmallRegressionModel();
  model.num_features = kMaxListedWeights + 1;
  model.weights.assign(model.num_features, 0.5f);
  ASSERT_TRUE(WriteModelDirectory(Path("m"), {}, model).ok());
  const auto file = ReadModel(Path("m"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->model.weights, model.weights);

  ASSERT_TRUE(AtomicWriteFile(Path("m/model.tar.gz"),
                              *SerializeModelArchive(SmallRegressionModel()))
                  .ok());
  EXPECT_THAT(std::string(ReadModel(Path("m/model.json")).status().message()),
              HasSubstr("holds weights of 2 features and 1 outputs, but the "
                        "model.json beside it says 1000001 and 1; the two are "
                        "of different models"));
}

}  // namespace
}  // namespace lineup
