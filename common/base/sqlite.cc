#include "common/base/sqlite.h"

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

// Of a process that has just ended, whose locks are about to go.
constexpr int kBusyTimeoutMs = 500;

absl::Status SqliteError(const std::string& path, sqlite3* database,
                         int result) {
  const int system_error =
      database == nullptr ? 0 : sqlite3_system_errno(database);
  const std::string what = absl::StrCat(
      path, ": ",
      database == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(database));
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(
          absl::StrCat(what, "; another process has it open"));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          absl::StrCat(what, "; make room on its disk"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(what);
    case SQLITE_CANTOPEN:
      if (system_error != 0) return FileError(system_error, "open", path);
      break;
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return absl::PermissionDeniedError(
          absl::StrCat(what, "; it must be writable"));
    default:
      if (system_error != 0) {
        return FileError(system_error, "read or write", path);
      }
      break;
  }
  return absl::InternalError(
      absl::StrCat(what, " (SQLite's code ", result, ")"));
}

}  // namespace

void SqliteStatement::BindText(int parameter, absl::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void SqliteStatement::BindBlob(int parameter, absl::string_view bytes) {
  // Of a null pointer SQLite would make NULL.
  sqlite3_bind_blob64(statement_.get(), parameter,
                      bytes.empty() ? "" : bytes.data(), bytes.size(),
                      SQLITE_STATIC);
}

void SqliteStatement::BindInt(int parameter, int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  sqlite3* const database = sqlite3_db_handle(statement_.get());
  return SqliteError(path_, database, sqlite3_extended_errcode(database));
}

std::string SqliteStatement::Text(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? ""
                          : std::string(static_cast<const char*>(bytes), size);
}

int64_t SqliteStatement::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

absl::Status SqliteStatement::Run() {
  absl::StatusOr<bool> row = true;
  while (row.ok() && *row) row = Step();
  sqlite3_reset(statement_.get());
  return row.status();
}

absl::StatusOr<SqliteDatabase> SqliteDatabase::Open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      nullptr);
  SqliteDatabase database(path, opened);
  if (result != SQLITE_OK) return SqliteError(path, opened, result);
  sqlite3_busy_timeout(opened, kBusyTimeoutMs);
  return database;
}

absl::StatusOr<SqliteStatement> SqliteDatabase::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v2(database_.get(), sql.data(),
                         static_cast<int>(sql.size()), &statement, nullptr);
  if (result != SQLITE_OK) return SqliteError(path_, database_.get(), result);
  return SqliteStatement(path_, statement);
}

absl::Status SqliteDatabase::Execute(const std::string& sql) {
  const int result =
      sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return absl::OkStatus();
  return SqliteError(path_, database_.get(), result);
}

absl::StatusOr<std::string> SqliteDatabase::Value(absl::string_view sql) {
  LINEUP_ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  LINEUP_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Text(0) : "";
}

}  // namespace lineup
