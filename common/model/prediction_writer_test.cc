#include "common/model/prediction_writer.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/model/test_models.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

class PredictionWriterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        absl::StrCat(::testing::TempDir(), "/prediction_writer_XXXXXX");
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    path_ = absl::StrCat(root_, "/out.csv");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  absl::StatusOr<PredictionWriter> Create(const std::string& path) {
    return PredictionWriter::Create(path, PredictionFormat::kCsv,
                                    SmallBinaryModel());
  }

  std::string root_;
  std::string path_;
};

Predictions Some(size_t count) {
  Predictions predictions;
  predictions.scores.assign(count, 0.5f);
  predictions.labels.assign(count, 1);
  return predictions;
}

TEST_F(PredictionWriterTest, WritesHeaderAndBlocks) {
  auto writer = Create(path_);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Write(Some(1)).ok());
  ASSERT_TRUE(writer->Write(Some(2)).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(*ReadFile(path_), "score,predicted_label\n0.5,1\n0.5,1\n0.5,1\n");
}

TEST_F(PredictionWriterTest, ManyBlocksAreAllThere) {
  auto writer = Create(path_);
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(writer->Write(Some(100000)).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(ReadFile(path_)->size(), 22u + 1000000 * 6);
}

TEST_F(PredictionWriterTest, WithoutFinishTheEarlierFileStays) {
  ASSERT_TRUE(AtomicWriteFile(path_, "earlier").ok());
  {
    auto writer = Create(path_);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->Write(Some(1000000)).ok());
  }
  EXPECT_EQ(*ReadFile(path_), "earlier");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_), {}), 1);
}

TEST_F(PredictionWriterTest, DevicesAreWrittenToAndStay) {
  auto writer = Create("/dev/null");
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Write(Some(1000000)).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(PredictionWriterTest, AFullDiskIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  auto writer = Create("/dev/full");
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE(writer->Write(Some(1)).ok());
  EXPECT_EQ(writer->Finish().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(PredictionWriterTest, APlaceThatIsNotThereIsNamed) {
  const auto writer = Create(absl::StrCat(root_, "/none/out.csv"));
  ASSERT_FALSE(writer.ok());
  EXPECT_NE(std::string(writer.status().message()).find("/none/"),
            std::string::npos);
}

}  // namespace
}  // namespace lineup
