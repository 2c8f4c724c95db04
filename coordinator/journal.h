// A coordinator's journal on disk: one SQLite file, held by one process.
//
// What Write() has returned OK for is there after the process, or the machine,
// was stopped at any moment, all records of the call together; after an error
// none of them are. So whatever follows from the records may be told to others
// only then.
//
// SQLite's write-ahead log is flushed with each call (synchronous=FULL): were
// the newest records lost with the machine's power, others would have been told
// what the journal does not know, such as that a split is theirs. That costs a
// flush of the disk for each, and there are few: steps of a job, splits that
// are given to lanes, nodes that come and go.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_JOURNAL_H_
#define LINEUP_COORDINATOR_JOURNAL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/sqlite.h"
#include "coordinator/journal_record.h"

namespace lineup {

class Journal {
 public:
  // Opens a journal, or makes it. UNAVAILABLE if another process has it open,
  // DATA_LOSS if it is damaged, FAILED_PRECONDITION if the file is none, or one
  // of another version.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path);

  // Everything. DATA_LOSS if an entry is not what was written.
  absl::StatusOr<JournalContents> Read();

  absl::Status Write(absl::Span<const JournalRecord> records);

 private:
  Journal(SqliteDatabase database, SqliteStatement put, SqliteStatement erase)
      : database_(std::move(database)),
        put_(std::move(put)),
        erase_(std::move(erase)) {}

  absl::Status WriteAll(absl::Span<const JournalRecord> records);

  SqliteDatabase database_;
  SqliteStatement put_;
  SqliteStatement erase_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOURNAL_H_
