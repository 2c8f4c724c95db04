#include "common/data/input_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/dataset_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Paths(const std::vector<std::string>& inputs) {
  const auto files = ListInputFiles(inputs);
  EXPECT_TRUE(files.ok()) << files.status();
  std::vector<std::string> paths;
  if (!files.ok()) return paths;
  for (const InputFile& file : *files) paths.push_back(file.path);
  return paths;
}

std::string Error(const std::vector<std::string>& inputs) {
  return std::string(ListInputFiles(inputs).status().message());
}

TEST(InputFilesTest, ReadsDirectoriesThroughInOrder) {
  const std::string b = WriteTestFile("d/b.csv", "12");
  const std::string a = WriteTestFile("d/sub/a.csv", "1");
  const std::string c = WriteTestFile("d/c/part-0", "1");
  WriteTestFile("d/_SUCCESS", "1");
  WriteTestFile("d/.hidden", "1");
  WriteTestFile("d/empty", "");
  WriteTestFile("d/_temporary/part-1", "1");
  const std::string directory = TestDirectory() + "/d";
  EXPECT_THAT(Paths({directory}), ElementsAre(b, c, a));
  EXPECT_THAT(Paths({a, directory, b}), ElementsAre(a, b, c, a, b));
  const auto files = ListInputFiles({b});
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->front().bytes, 2u);
  EXPECT_FALSE(files->front().pipe);
}

TEST(InputFilesTest, FollowsLinks) {
  const std::string a = WriteTestFile("real/a.csv", "1");
  WriteTestFile("d/b.csv", "1");
  const std::string directory = TestDirectory() + "/d";
  ASSERT_EQ(symlink("../real", (directory + "/link").c_str()), 0);
  EXPECT_THAT(Paths({directory}),
              ElementsAre(directory + "/b.csv", directory + "/link/a.csv"));
}

TEST(InputFilesTest, ExpandsGlobs) {
  const std::string b = WriteTestFile("b.csv", "1");
  const std::string a = WriteTestFile("a.csv", "1");
  const std::string inner = WriteTestFile("dir.csv/x", "1");
  WriteTestFile("empty.csv", "");
  WriteTestFile("_meta.csv", "1");
  WriteTestFile("other.txt", "1");
  const std::string odd = WriteTestFile("[1].txt", "1");
  EXPECT_THAT(Paths({TestDirectory() + "/*.csv"}), ElementsAre(a, b, inner));
  // A file of that very name comes first.
  EXPECT_THAT(Paths({TestDirectory() + "/[1].txt"}), ElementsAre(odd));
}

TEST(InputFilesTest, SaysWhatWasNotFound) {
  const std::string empty = WriteTestFile("e/empty.csv", "");
  const std::string e = TestDirectory() + "/e";
  EXPECT_EQ(Error({}), "no input was given; name files, directories or globs");
  EXPECT_THAT(Error({e + "/absent.csv"}),
              HasSubstr("/e/absent.csv: No such file or directory; check the "
                        "path"));
  EXPECT_EQ(Error({e + "/*.svm"}),
            e + "/*.svm: no file has this name or matches it as a pattern; "
                "check the path");
  EXPECT_EQ(Error({e + "/*.csv"}),
            e + "/*.csv: only hidden or empty files match (1 of them), "
                "expected data files");
  EXPECT_EQ(Error({empty}),
            empty +
                ": the file is empty, expected data; check how it was "
                "made");
  EXPECT_EQ(Error({e}),
            e + ": the directory has only hidden or empty files (1 passed "
                "over), expected data files; names that start with \".\" or "
                "\"_\" do not count");
  ASSERT_EQ(mkdir((e + "/bare").c_str(), 0777), 0);
  EXPECT_EQ(Error({e + "/bare"}),
            e + "/bare: the directory is empty, expected data files in it or "
                "below it; check the path");
}

TEST(InputFilesTest, TakesPipesAsTheyAre) {
  const std::string fifo = TestDirectory() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const auto files = ListInputFiles({"-", fifo});
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 2u);
  for (const InputFile& file : *files) {
    EXPECT_TRUE(file.pipe);
    EXPECT_EQ(file.bytes, 0u);
  }
}

}  // namespace
}  // namespace lineup
