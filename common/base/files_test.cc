#include "common/base/files.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest()
      : directory_(
            ::testing::TempDir() + "/" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }

  std::string Path(const std::string& name) const {
    return directory_ + "/" + name;
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  const std::string directory_;
};

TEST_F(FilesTest, WritesAndReadsAnyBytes) {
  std::string contents("a\0b\r\n\xff", 6);
  contents.append(1 << 20, 'x');
  ASSERT_TRUE(AtomicWriteFile(Path("model.json"), contents).ok());
  const absl::StatusOr<std::string> read = ReadFile(Path("model.json"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, contents);
  EXPECT_THAT(Names(), ElementsAre("model.json"));
}

TEST_F(FilesTest, ReadsAnEmptyFile) {
  ASSERT_TRUE(AtomicWriteFile(Path("empty"), "").ok());
  const absl::StatusOr<std::string> read = ReadFile(Path("empty"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, "");
}

TEST_F(FilesTest, ReadsFilesThatHaveNoSize) {
  const absl::StatusOr<std::string> read = ReadFile("/proc/self/status");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, HasSubstr("Pid:"));
}

TEST_F(FilesTest, ReplacesAFileWithTheUsualPermissions) {
  ASSERT_TRUE(AtomicWriteFile(Path("f"), "before").ok());
  const mode_t old_mask = umask(022);
  ASSERT_TRUE(AtomicWriteFile(Path("f"), "after").ok());
  umask(old_mask);
  EXPECT_EQ(*ReadFile(Path("f")), "after");
  struct stat info;
  ASSERT_EQ(stat(Path("f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
}

TEST_F(FilesTest, WithoutCommitTheFileStaysAsItWas) {
  ASSERT_TRUE(AtomicWriteFile(Path("f"), "before").ok());
  {
    absl::StatusOr<AtomicFile> file = AtomicFile::Create(Path("f"));
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE(file->Append("half of it").ok());
    EXPECT_EQ(*ReadFile(Path("f")), "before");
  }
  EXPECT_EQ(*ReadFile(Path("f")), "before");
  EXPECT_THAT(Names(), ElementsAre("f"));
}

TEST_F(FilesTest, TwoWritersOfOneFileDoNotMix) {
  absl::StatusOr<AtomicFile> first = AtomicFile::Create(Path("f"));
  absl::StatusOr<AtomicFile> second = AtomicFile::Create(Path("f"));
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(first->Append("first").ok());
  ASSERT_TRUE(second->Append("second").ok());
  ASSERT_TRUE(second->Commit().ok());
  EXPECT_EQ(*ReadFile(Path("f")), "second");
  ASSERT_TRUE(first->Commit().ok());
  EXPECT_EQ(*ReadFile(Path("f")), "first");
  EXPECT_THAT(Names(), ElementsAre("f"));
}

TEST_F(FilesTest, MovingPassesTheFileOn) {
  absl::StatusOr<AtomicFile> file = AtomicFile::Create(Path("kept"));
  absl::StatusOr<AtomicFile> other = AtomicFile::Create(Path("dropped"));
  ASSERT_TRUE(file.ok() && other.ok());
  ASSERT_TRUE(file->Append("ab").ok());
  *other = *std::move(file);
  EXPECT_EQ(other->path(), Path("kept"));
  ASSERT_TRUE(other->Append("cd").ok());
  ASSERT_TRUE(other->Commit().ok());
  EXPECT_EQ(*ReadFile(Path("kept")), "abcd");
  EXPECT_THAT(Names(), ElementsAre("kept"));
}

TEST_F(FilesTest, ErrorsNameThePathAndTheNextStep) {
  EXPECT_EQ(ReadFile(Path("none.csv")).status(),
            absl::NotFoundError("cannot open " + Path("none.csv") +
                                ": No such file or directory; check the path"));
  EXPECT_EQ(ReadFile(directory_).status(),
            absl::InvalidArgumentError(
                "cannot read " + directory_ +
                ": Is a directory; name a file instead of a directory"));
  EXPECT_EQ(AtomicWriteFile(directory_, "x"),
            absl::InvalidArgumentError(
                "cannot write " + directory_ +
                ": Is a directory; name a file instead of a directory"));
  const absl::Status missing = AtomicWriteFile(Path("none/f"), "x");
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr(Path("none/f")));
  EXPECT_EQ(SyncDirectory(Path("none")).code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(FilesTest, TheErrorOfAFullDiskSaysWhatToDo) {
  EXPECT_EQ(FileError(ENOSPC, "write", "/data/m"),
            absl::ResourceExhaustedError(
                "cannot write /data/m: No space left on device; free some "
                "space, or choose another disk"));
}

TEST_F(FilesTest, LeavesAloneATemporaryFileThatIsNotItsOwn) {
  const std::string taken =
      Path("f") + ".tmp" + std::to_string(getpid()) + ".0";
  ASSERT_EQ(symlink("/dev/full", taken.c_str()), 0);
  ASSERT_TRUE(AtomicWriteFile(Path("f"), "x").ok());
  EXPECT_EQ(*ReadFile(Path("f")), "x");
  EXPECT_TRUE(std::filesystem::is_symlink(taken));
}

TEST_F(FilesTest, CreatesDirectoriesAndAcceptsExistingOnes) {
  ASSERT_TRUE(CreateDirectories(Path("a/b/c")).ok());
  ASSERT_TRUE(CreateDirectories(Path("a/b/c/")).ok());
  EXPECT_TRUE(std::filesystem::is_directory(Path("a/b/c")));
  ASSERT_TRUE(AtomicWriteFile(Path("file"), "x").ok());
  const absl::Status status = CreateDirectories(Path("file/sub"));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("file/sub")));
}

}  // namespace
}  // namespace lineup
