#include "worker/spill_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

std::string MakeDirectory(const std::string& name) {
  const std::string path = testing::TempDir() + "/" + name;
  std::filesystem::create_directories(path);
  return std::filesystem::canonical(path).string();
}

Examples Dense() {
  Examples block;
  block.num_features = 2;
  block.labels = {1, 0, 1};
  block.weights = {0.5f, 1, 2};
  block.values = {1, 2, 3, 4, 5, 6};
  return block;
}

Examples Sparse() {
  Examples block;
  block.sparse = true;
  block.num_features = 4'000'000'000;
  block.labels = {1, 0};
  block.values = {1, 2, 3};
  block.feature_ids = {7, 8, 3'999'999'999};
  block.row_starts = {0, 2, 3};
  return block;
}

void ExpectEqual(const Examples& a, const Examples& b) {
  EXPECT_EQ(a.sparse, b.sparse);
  EXPECT_EQ(a.num_features, b.num_features);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.feature_ids, b.feature_ids);
  EXPECT_EQ(a.row_starts, b.row_starts);
}

// Of this process, opened for `path`'s file system; -1 if there is none.
int DescriptorInto(const std::string& path) {
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target =
        std::filesystem::read_symlink(entry.path(), error).string();
    if (!error && target.rfind(path + "/", 0) == 0) {
      return std::stoi(entry.path().filename().string());
    }
  }
  return -1;
}

TEST(SpillFileTest, GivesBackWhatWasWritten) {
  SpillFile file(MakeDirectory("gives_back"));
  const auto first = file.Append({Dense(), Sparse()});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto nothing = file.Append({});
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  const auto second = file.Append({Sparse()});
  ASSERT_TRUE(second.ok()) << second.status();
  for (int again = 0; again < 2; ++again) {
    const auto two = file.Read(*first);
    ASSERT_TRUE(two.ok()) << two.status();
    ASSERT_EQ(two->size(), 2u);
    ExpectEqual((*two)[0], Dense());
    ExpectEqual((*two)[1], Sparse());
    const auto one = file.Read(*second);
    ASSERT_TRUE(one.ok()) << one.status();
    ASSERT_EQ(one->size(), 1u);
    ExpectEqual((*one)[0], Sparse());
  }
  EXPECT_TRUE(file.Read(*nothing)->empty());
}

TEST(SpillFileTest, LeavesNothingInTheDirectory) {
  const std::string directory = MakeDirectory("leaves_nothing");
  SpillFile file(directory);
  ASSERT_TRUE(file.Append({Dense()}).ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory));
}

TEST(SpillFileTest, MakesNoFileUntilOneIsNeeded) {
  SpillFile file("/no/such/directory");
  const auto stored = file.Append({Dense()});
  EXPECT_EQ(stored.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(stored.status().message(),
            "cache of parsed data: cannot make a file in /no/such/directory: "
            "No such file or directory; check the path; --cache-dir chooses "
            "another directory, --cache-memory how much is kept in memory");
}

TEST(SpillFileTest, SaysWhenThereIsNoRoomAndTriesAgain) {
  const std::string directory = MakeDirectory("no_room");
  SpillFile file(directory);
  const auto before = file.Append({Dense()});
  ASSERT_TRUE(before.ok()) << before.status();

  signal(SIGXFSZ, SIG_IGN);
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  rlimit small = limit;
  small.rlim_cur = before->bytes + 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto stored = file.Append({Sparse()});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ASSERT_FALSE(stored.ok());
  EXPECT_THAT(std::string(stored.status().message()),
              HasSubstr(absl::StrCat("cannot write to ", directory,
                                     ": File too large")));
  EXPECT_THAT(std::string(stored.status().message()), HasSubstr("--cache-dir"));

  ExpectEqual(file.Read(*before)->at(0), Dense());
  const auto again = file.Append({Sparse()});
  ASSERT_TRUE(again.ok()) << again.status();
  ExpectEqual(file.Read(*again)->at(0), Sparse());
}

TEST(SpillFileTest, NoticesDamage) {
  const std::string directory = MakeDirectory("damage");
  SpillFile file(directory);
  const auto stored = file.Append({Dense()});
  ASSERT_TRUE(stored.ok()) << stored.status();
  const int descriptor = DescriptorInto(directory);
  ASSERT_GE(descriptor, 0);

  char byte;
  ASSERT_EQ(pread(descriptor, &byte, 1, 5), 1);
  byte ^= 4;
  ASSERT_EQ(pwrite(descriptor, &byte, 1, 5), 1);
  const auto damaged = file.Read(*stored);
  ASSERT_FALSE(damaged.ok());
  EXPECT_THAT(std::string(damaged.status().message()),
              HasSubstr(absl::StrCat("cannot read from ", directory)));

  ASSERT_EQ(ftruncate(descriptor, 8), 0);
  EXPECT_FALSE(file.Read(*stored).ok());
}

}  // namespace
}  // namespace lineup
