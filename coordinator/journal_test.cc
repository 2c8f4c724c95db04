#include "coordinator/journal.h"

#include <filesystem>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + end);
    }
  }

  std::unique_ptr<Journal> Open() { return Journal::Open(path_).value(); }
  absl::Status OpenError() { return Journal::Open(path_).status(); }

  // Writes so much that pages hold nothing but the last records, which are
  // merged into the file when the journal is closed.
  void WriteAndClose() {
    JournalRecords records;
    for (int i = 0; i < 200; ++i) {
      records.push_back({NumberedKey("event", i), std::string(100, 'e')});
    }
    ASSERT_TRUE(Open()->Write(records).ok());
  }

  const std::string path_ = testing::TempDir() + "/journal";
};

TEST_F(JournalTest, HoldsWhatWasWritten) {
  const std::string bytes("\0\xff\n", 3);
  {
    const std::unique_ptr<Journal> journal = Open();
    EXPECT_THAT(journal->Read().value(), IsEmpty());
    ASSERT_TRUE(journal->Write({{"a", "1"}, {"b", bytes}, {"c", ""}}).ok());
    ASSERT_TRUE(journal->Write({{"a", "2"}}).ok());
  }
  EXPECT_THAT(Open()->Read().value(),
              ElementsAre(Pair("a", "2"), Pair("b", bytes), Pair("c", "")));
}

TEST_F(JournalTest, ErasesAKeyAndWhatIsBelow) {
  const JournalRecords records = {
      {"run", "r"},       {"run/course", "c"}, {"run/split/0001", "s"},
      {"runner", "keep"}, {"run.", "keep"},    {"run", std::nullopt}};
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_TRUE(journal->Write(records).ok());
  const JournalContents left = journal->Read().value();
  EXPECT_THAT(left, ElementsAre(Pair("run.", "keep"), Pair("runner", "keep")));
  JournalContents applied;
  ApplyRecords(records, &applied);
  EXPECT_EQ(applied, left);
}

TEST_F(JournalTest, BelongsToOneCoordinator) {
  const std::unique_ptr<Journal> journal = Open();
  EXPECT_EQ(OpenError(), absl::UnavailableError(absl::StrCat(
                             "the journal ", path_,
                             " is in use by another coordinator; each needs "
                             "one of its own")));
  EXPECT_TRUE(journal->Write({{"a", "1"}}).ok());
}

TEST_F(JournalTest, OtherFilesAreRefused) {
  ASSERT_TRUE(AtomicWriteFile(path_, std::string(5000, 'x')).ok());
  EXPECT_THAT(OpenError().message(), HasSubstr("file is not a database"));
  std::filesystem::remove(path_);
  {
    SqliteDatabase other = SqliteDatabase::Open(path_).value();
    ASSERT_TRUE(other.Execute("CREATE TABLE t (a)").ok());
  }
  EXPECT_THAT(OpenError().message(),
              AllOf(HasSubstr(path_ + " is no journal of a coordinator"),
                    HasSubstr("name another file")));
  std::filesystem::remove(path_);
  Open();
  {
    SqliteDatabase newer = SqliteDatabase::Open(path_).value();
    ASSERT_TRUE(newer.Execute("PRAGMA user_version = 7").ok());
  }
  EXPECT_THAT(OpenError().message(), HasSubstr("is a journal of version 7"));
}

TEST_F(JournalTest, AMissingDirectoryIsNamed) {
  EXPECT_EQ(Journal::Open("/no/such/journal").status(),
            absl::NotFoundError("the journal: cannot open /no/such/journal: No "
                                "such file or directory; check the path"));
}

// Whatever byte is changed, nothing else than what was written is read.
TEST_F(JournalTest, DamageIsFound) {
  WriteAndClose();
  const std::string good = ReadFile(path_).value();
  const JournalContents contents = Open()->Read().value();
  int found = 0;
  for (size_t at = 0; at < good.size(); at += 251) {
    std::string bad = good;
    bad[at] ^= 0x10;
    for (const char* end : {"-wal", "-shm"}) {
      std::filesystem::remove(path_ + end);
    }
    ASSERT_TRUE(AtomicWriteFile(path_, bad).ok());
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_);
    absl::Status status = journal.status();
    if (status.ok()) {
      const absl::StatusOr<JournalContents> read = (*journal)->Read();
      status = read.status();
      if (read.ok()) {
        EXPECT_EQ(*read, contents) << at;
      }
    }
    if (status.ok()) continue;  // a byte that nothing uses
    ++found;
    EXPECT_THAT(status.message(), HasSubstr(path_)) << at;
  }
  EXPECT_GT(found, 50);
}

TEST_F(JournalTest, DamageInWhatACrashLeftIsFound) {
  const std::unique_ptr<Journal> journal = Open();
  ASSERT_TRUE(journal->Write({{"a", "1"}}).ok());
  ASSERT_TRUE(journal->Write({{"b", "2"}}).ok());
  ASSERT_TRUE(journal->Write({{"c", "3"}}).ok());
  const std::string good = ReadFile(path_ + "-wal").value();
  const std::string crashed = testing::TempDir() + "/crashed";
  const auto open = [&](const std::string& log) {
    std::filesystem::remove(crashed + "-shm");
    EXPECT_TRUE(AtomicWriteFile(crashed, ReadFile(path_).value()).ok());
    EXPECT_TRUE(AtomicWriteFile(crashed + "-wal", log).ok());
    return Journal::Open(crashed);
  };
  EXPECT_EQ((*open(good))->Read()->size(), 3u);
  std::string bad = good;
  bad[good.size() / 2] ^= 1;
  EXPECT_THAT(open(bad).status().message(),
              AllOf(HasSubstr("the journal is damaged: " + crashed +
                              "-wal has changed since it was written"),
                    HasSubstr("move it away to begin without it")));
}

TEST_F(JournalTest, AFileThatWasCutOffIsFound) {
  WriteAndClose();
  const std::string good = ReadFile(path_).value();
  ASSERT_TRUE(AtomicWriteFile(path_, good.substr(0, good.size() / 2)).ok());
  EXPECT_THAT(OpenError().message(), AllOf(HasSubstr("is damaged"),
                                           HasSubstr("move it away to begin")));
}

}  // namespace
}  // namespace lineup
