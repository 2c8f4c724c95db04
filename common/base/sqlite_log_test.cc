#include "common/base/sqlite_log.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/sqlite.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

constexpr int kTransactions = 6;
// Of a page; and of it in the log.
constexpr size_t kPageBytes = 4096;
constexpr size_t kFrameBytes = kPageBytes + 24;
constexpr size_t kHeaderBytes = 32;

// The files of a database as a crash leaves them: all transactions in the log,
// each of the same three pages or more.
class SqliteLogTest : public testing::Test {
 protected:
  SqliteLogTest() {
    Remove(path_);
    SqliteDatabase database = SqliteDatabase::Open(path_).value();
    Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
        "CREATE TABLE t (n INTEGER, text BLOB)",
        &database);
    for (int n = 1; n <= kTransactions; ++n) {
      Run(absl::StrCat("INSERT INTO t VALUES (", n, ", zeroblob(9000))"),
          &database);
    }
    main_ = ReadFile(path_).value();
    log_ = ReadFile(path_ + "-wal").value();
  }

  static void Run(const std::string& sql, SqliteDatabase* database) {
    ASSERT_TRUE(database->Execute(sql).ok());
  }
  static void Remove(const std::string& path) {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path + end);
    }
  }

  // Puts the database there with another log.
  absl::Status Check(const std::string& log) {
    Remove(copy_);
    std::ofstream(copy_, std::ios::binary) << main_;
    std::ofstream(copy_ + "-wal", std::ios::binary) << log;
    return CheckWriteAheadLog(copy_);
  }
  // What SQLite then finds in it.
  std::string NumRows() {
    return SqliteDatabase::Open(copy_)
        .value()
        .Value("SELECT count(*) FROM t")
        .value();
  }
  size_t num_frames() const {
    return (log_.size() - kHeaderBytes) / kFrameBytes;
  }

  const std::string path_ = testing::TempDir() + "/database";
  const std::string copy_ = testing::TempDir() + "/copy";
  std::string main_;
  std::string log_;
};

TEST_F(SqliteLogTest, AWholeLogIsGood) {
  ASSERT_GT(num_frames(), 3u * kTransactions);
  EXPECT_EQ(Check(log_), absl::OkStatus());
  EXPECT_EQ(NumRows(), "6");
  EXPECT_EQ(Check(""), absl::OkStatus());
  EXPECT_EQ(Check(std::string(100000, '\0')), absl::OkStatus());
  Remove(copy_);
  EXPECT_EQ(CheckWriteAheadLog(copy_), absl::OkStatus());
}

// A crash leaves a prefix, perhaps with some pages after it that were not yet
// there.
TEST_F(SqliteLogTest, ALogThatACrashCutOffIsGood) {
  for (size_t size = 0; size < log_.size(); size += 1021) {
    EXPECT_EQ(Check(log_.substr(0, size)), absl::OkStatus()) << size;
  }
  for (size_t frame = num_frames() - 3; frame < num_frames(); ++frame) {
    std::string torn = log_;
    torn.replace(kHeaderBytes + frame * kFrameBytes, kFrameBytes, kFrameBytes,
                 '\0');
    EXPECT_EQ(Check(torn), absl::OkStatus()) << frame;
  }
}

TEST_F(SqliteLogTest, AByteThatChangesIsFound) {
  int lost = 0;
  for (size_t at = 0; at < log_.size(); at += 307) {
    std::string bad = log_;
    bad[at] ^= 4;
    const absl::Status status = Check(bad);
    if (!status.ok()) {
      EXPECT_TRUE(absl::IsDataLoss(status));
      EXPECT_THAT(std::string(status.message()),
                  HasSubstr(copy_ + "-wal has changed since it was written"));
      continue;
    }
    // Of the last transaction it cannot be told from a crash.
    const std::string rows = NumRows();
    EXPECT_TRUE(rows == "5" || rows == "6") << rows << " at " << at;
    lost += rows == "5";
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, static_cast<int>(log_.size() / 307 / 3));
}

TEST_F(SqliteLogTest, FramesOfAnEarlierLogDoNotCount) {
  SqliteDatabase database = SqliteDatabase::Open(path_).value();
  Run("INSERT INTO t VALUES (6, zeroblob(90000))", &database);
  log_ = ReadFile(path_ + "-wal").value();
  Run("PRAGMA wal_checkpoint(RESTART)", &database);
  Run("INSERT INTO t VALUES (7, 'x')", &database);
  main_ = ReadFile(path_).value();
  const std::string log = ReadFile(path_ + "-wal").value();
  ASSERT_GE(log.size(), log_.size());
  ASSERT_NE(log.substr(16, 8), log_.substr(16, 8)) << "begun anew";
  EXPECT_EQ(Check(log), absl::OkStatus());
  EXPECT_EQ(NumRows(), "8");
}

}  // namespace
}  // namespace lineup
