#include "coordinator/journal.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/checksum.h"
#include "common/base/failpoint.h"
#include "common/base/sqlite_log.h"
#include "common/base/status_macros.h"
#include "common/rpc/retry.h"

namespace lineup {
namespace {

// In the file's header: "LNUJ".
constexpr int kApplicationId = 0x4c4e554a;
constexpr int kVersion = 1;

constexpr char kWhatToDo[] =
    "; move it away to begin without it (jobs that make checkpoints go on with "
    "lineup resume)";

int64_t ChecksumOf(absl::string_view key, absl::string_view value) {
  ChecksumStream checksum;
  checksum.Update(key);
  checksum.Update(absl::string_view("\0", 1));
  checksum.Update(value);
  return static_cast<int64_t>(checksum.Digest());
}

absl::Status NoJournal(const std::string& path, absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is no journal of a coordinator: ", what,
                   "; name another file, which is made if it is not there"));
}

// Takes the file for this process, until it is closed.
absl::Status Hold(SqliteDatabase* database) {
  LINEUP_RETURN_IF_ERROR(database->Execute("PRAGMA locking_mode = EXCLUSIVE"));
  LINEUP_ASSIGN_OR_RETURN(const std::string mode,
                          database->Value("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return absl::InternalError(absl::StrCat(
        database->path(), ": no write-ahead log can be made here (mode ", mode,
        "); use a local file system"));
  }
  LINEUP_RETURN_IF_ERROR(database->Execute("PRAGMA synchronous = FULL"));
  return database->Execute("BEGIN EXCLUSIVE; COMMIT");
}

absl::Status CheckOrMakeTables(SqliteDatabase* database) {
  LINEUP_ASSIGN_OR_RETURN(
      const std::string tables,
      database->Value("SELECT count(*) FROM sqlite_schema"));
  if (tables == "0") {
    return database->Execute(absl::StrCat(
        "BEGIN; CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB NOT "
        "NULL, checksum INTEGER NOT NULL); PRAGMA application_id = ",
        kApplicationId, "; PRAGMA user_version = ", kVersion, "; COMMIT"));
  }
  LINEUP_ASSIGN_OR_RETURN(const std::string application,
                          database->Value("PRAGMA application_id"));
  if (application != absl::StrCat(kApplicationId)) {
    return NoJournal(database->path(), "it is a database of something else");
  }
  LINEUP_ASSIGN_OR_RETURN(const std::string version,
                          database->Value("PRAGMA user_version"));
  if (version != absl::StrCat(kVersion)) {
    return absl::FailedPreconditionError(absl::StrCat(
        database->path(), " is a journal of version ", version,
        ", and this coordinator writes version ", kVersion, kWhatToDo));
  }
  LINEUP_ASSIGN_OR_RETURN(const std::string check,
                          database->Value("PRAGMA quick_check(1)"));
  if (check != "ok") {
    return absl::DataLossError(absl::StrCat(database->path(), ": ", check));
  }
  return absl::OkStatus();
}

absl::Status Prepare(SqliteDatabase* database) {
  LINEUP_RETURN_IF_ERROR(Hold(database));
  LINEUP_RETURN_IF_ERROR(CheckWriteAheadLog(database->path()));
  LINEUP_RETURN_IF_ERROR(CheckOrMakeTables(database));
  // What one before left in the log goes to where each entry's checksum guards
  // it.
  return database->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

// The same error for who starts a coordinator.
absl::Status Explain(const std::string& path, const absl::Status& status) {
  if (absl::IsUnavailable(status)) {
    return WithMessage(
        status, absl::StrCat("the journal ", path,
                             " is in use by another coordinator; each needs "
                             "one of its own"));
  }
  if (absl::IsDataLoss(status)) {
    return WithMessage(
        status,
        absl::StrCat("the journal is damaged: ", status.message(), kWhatToDo));
  }
  return WithContext("the journal", status);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(
    const std::string& path) {
  absl::StatusOr<SqliteDatabase> database = SqliteDatabase::Open(path);
  if (!database.ok()) return Explain(path, database.status());
  const absl::Status status = Prepare(&*database);
  if (!status.ok()) return Explain(path, status);
  LINEUP_ASSIGN_OR_RETURN(
      SqliteStatement put,
      database->Prepare("INSERT OR REPLACE INTO entries VALUES (?1, ?2, ?3)"));
  // '0' is the character after '/'.
  LINEUP_ASSIGN_OR_RETURN(
      SqliteStatement erase,
      database->Prepare("DELETE FROM entries WHERE key = ?1 OR (key > ?1 || "
                        "'/' AND key < ?1 || '0')"));
  return std::unique_ptr<Journal>(
      new Journal(*std::move(database), std::move(put), std::move(erase)));
}

absl::StatusOr<JournalContents> Journal::Read() {
  const std::string& path = database_.path();
  JournalContents contents;
  LINEUP_ASSIGN_OR_RETURN(
      SqliteStatement select,
      database_.Prepare("SELECT key, value, checksum FROM entries"));
  for (;;) {
    const absl::StatusOr<bool> row = select.Step();
    if (!row.ok()) return Explain(path, row.status());
    if (!*row) return contents;
    std::string key = select.Text(0);
    std::string value = select.Text(1);
    if (ChecksumOf(key, value) != select.Int(2)) {
      return Explain(path,
                     absl::DataLossError(absl::StrCat(
                         path, ": the entry \"", key,
                         "\" does not have the checksum that it was written "
                         "with")));
    }
    contents.emplace(std::move(key), std::move(value));
  }
}

absl::Status Journal::Write(absl::Span<const JournalRecord> records) {
  if (records.empty()) return absl::OkStatus();
  absl::Status status = Failpoint("journal.write.before");
  if (status.ok()) status = WriteAll(records);
  if (status.ok()) return Failpoint("journal.write.after");
  // Where SQLite has not done so by itself.
  (void)database_.Execute("ROLLBACK");
  return WithContext("the journal cannot be written", status);
}

absl::Status Journal::WriteAll(absl::Span<const JournalRecord> records) {
  LINEUP_RETURN_IF_ERROR(database_.Execute("BEGIN IMMEDIATE"));
  for (const JournalRecord& record : records) {
    if (!record.value.has_value()) {
      erase_.BindText(1, record.key);
      LINEUP_RETURN_IF_ERROR(erase_.Run());
      continue;
    }
    put_.BindText(1, record.key);
    put_.BindBlob(2, *record.value);
    put_.BindInt(3, ChecksumOf(record.key, *record.value));
    LINEUP_RETURN_IF_ERROR(put_.Run());
  }
  return database_.Execute("COMMIT");
}

}  // namespace lineup
