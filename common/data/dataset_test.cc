#include "common/data/dataset.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Writes a file for this test and returns its path.
std::string Write(const std::string& name, absl::string_view contents) {
  const std::string directory = absl::StrCat(
      testing::TempDir(), "/",
      testing::UnitTest::GetInstance()->current_test_info()->name());
  EXPECT_TRUE(CreateDirectories(directory).ok());
  const std::string path = absl::StrCat(directory, "/", name);
  EXPECT_TRUE(AtomicWriteFile(path, contents).ok());
  return path;
}

// Everything in a dataset, joined.
absl::StatusOr<Examples> ReadAll(const Dataset& dataset,
                                 BadRecords* bad = nullptr) {
  Examples all;
  for (size_t split = 0; split < dataset.splits().size(); ++split) {
    const absl::Status status = dataset.ReadSplit(
        split,
        [&](Examples block) {
          all.num_features = block.num_features;
          all.values.insert(all.values.end(), block.values.begin(),
                            block.values.end());
          all.labels.insert(all.labels.end(), block.labels.begin(),
                            block.labels.end());
          all.weights.insert(all.weights.end(), block.weights.begin(),
                             block.weights.end());
          return absl::OkStatus();
        },
        bad);
    if (!status.ok()) return status;
  }
  return all;
}

TEST(DatasetTest, ReadsCsvWithAndWithoutHeader) {
  for (const char* text : {"y,a,b\n1,2,3\n0,4,5\n", "1,2,3\n0,4,5"}) {
    const std::string path = Write("d.csv", text);
    const auto dataset = Dataset::Open({path}, DataOptions());
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    EXPECT_EQ(dataset->schema().num_features, 2u);
    const auto all = ReadAll(*dataset);
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_THAT(all->labels, ElementsAre(1, 0));
    EXPECT_THAT(all->values, ElementsAre(2, 3, 4, 5));
  }
}

TEST(DatasetTest, AnySplitsGiveTheSameExamples) {
  std::string text = "y,a,b\n";
  std::vector<float> expected;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&text, i % 2, ",", i * 37, i % 3 ? ",\"5\"\r\n" : ",7\n");
    if (i % 7 == 0) text += "\n\n";
    expected.push_back(i * 37);
    expected.push_back(i % 3 ? 5 : 7);
  }
  const std::string path = Write("d.csv", text);
  DataOptions options;
  for (options.split_bytes = 1; options.split_bytes < text.size() + 2;
       ++options.split_bytes) {
    const auto dataset = Dataset::Open({path}, options);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    const auto all = ReadAll(*dataset);
    ASSERT_TRUE(all.ok()) << all.status();
    ASSERT_EQ(all->values, expected) << options.split_bytes;
  }
}

TEST(DatasetTest, NamesTheLineOfABadRecord) {
  const std::string path =
      Write("d.csv", "y,a,b\n1,2,3\n\n0,x,5\n0,4,5\n1,2\n");
  DataOptions options;
  options.split_bytes = 9;
  const auto dataset = Dataset::Open({path}, options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(ReadAll(*dataset).status().message(),
            absl::StrCat(path,
                         ":4:2: a: found \"x\", expected a number; encode "
                         "text as numbers first (one column a category, 0 or "
                         "1)"));
  BadRecords bad(2);
  const auto all = ReadAll(*dataset, &bad);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_THAT(all->values, ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(bad.count(), 2u);
  EXPECT_THAT(bad.messages()[1], HasSubstr(":6:2: a: found 2 columns"));
}

TEST(DatasetTest, PredictionDataMayComeWithoutLabels) {
  const auto train =
      Dataset::Open({Write("train.csv", "y,a,b\n1,2,3\n")}, DataOptions());
  ASSERT_TRUE(train.ok()) << train.status();
  DataOptions options;
  options.labelled = false;
  for (const char* text :
       {"2,3\n", "b,a\n3,2\n", "1,2,3\n", "a,y,b\n2,1,3\n"}) {
    const auto dataset =
        Dataset::OpenLike(train->schema(), {Write("new.csv", text)}, options);
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    const auto all = ReadAll(*dataset);
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_THAT(all->values, ElementsAre(2, 3)) << text;
    EXPECT_EQ(all->labelled(), dataset->schema().labelled);
  }
}

}  // namespace
}  // namespace lineup
