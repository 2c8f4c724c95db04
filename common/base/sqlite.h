#ifndef LINEUP_COMMON_BASE_SQLITE_H_
#define LINEUP_COMMON_BASE_SQLITE_H_

// SQLite's C interface with owners and statuses.
//
// Every error names the file, what SQLite says and the next step: a full disk
// is ResourceExhausted, a damaged file or one that is no database DataLoss, one
// that somebody else holds Unavailable, refused access PermissionDenied, the
// rest Internal.
//
//   LINEUP_ASSIGN_OR_RETURN(SqliteDatabase database,
//                           SqliteDatabase::Open(path));
//   LINEUP_ASSIGN_OR_RETURN(
//       SqliteStatement insert,
//       database.Prepare("INSERT INTO t VALUES (?1, ?2)"));
//   insert.BindText(1, "a");
//   insert.BindInt(2, 7);
//   LINEUP_RETURN_IF_ERROR(insert.Run());
//
// Thread safety: one thread at a time.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sqlite3.h"

namespace lineup {

// Belongs to a database, which must outlive it.
class SqliteStatement {
 public:
  // Parameters count from 1, columns from 0. Texts and blobs must live until
  // the statement is run.
  void BindText(int parameter, absl::string_view text);
  void BindBlob(int parameter, absl::string_view bytes);
  void BindInt(int parameter, int64_t value);

  // The next row; false: there is none.
  absl::StatusOr<bool> Step();
  std::string Text(int column) const;
  int64_t Int(int column) const;

  // Runs it to its end, and makes it ready to be run again.
  absl::Status Run();

 private:
  friend class SqliteDatabase;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const {
      sqlite3_finalize(statement);
    }
  };

  SqliteStatement(std::string path, sqlite3_stmt* statement)
      : path_(std::move(path)), statement_(statement) {}

  std::string path_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteDatabase {
 public:
  // Opens a file, or makes it. What others hold locked is waited for a little.
  static absl::StatusOr<SqliteDatabase> Open(const std::string& path);

  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql);
  // Runs statements without parameters; rows are passed over.
  absl::Status Execute(const std::string& sql);
  // The first column of the first row; "" if there is none.
  absl::StatusOr<std::string> Value(absl::string_view sql);

  const std::string& path() const { return path_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  SqliteDatabase(std::string path, sqlite3* database)
      : path_(std::move(path)), database_(database) {}

  std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_SQLITE_H_
