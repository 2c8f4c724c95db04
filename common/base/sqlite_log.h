#ifndef LINEUP_COMMON_BASE_SQLITE_LOG_H_
#define LINEUP_COMMON_BASE_SQLITE_LOG_H_

// Whether SQLite's write-ahead log (PATH-wal) has lost what it held.
//
// SQLite reads the log up to the first frame whose checksum is wrong: that is
// how it finds the end of what was written before a crash. So a byte that
// changes on disk would, without a word, take with it all that was written
// later. But a transaction's frames are flushed before those of the next one
// are written: after a wrong frame of a transaction there can be others of the
// same log, but none of a later transaction. If there are, it is damage.
//
// Damage in the last transaction cannot be told from a crash, and is not found.
// The format: https://www.sqlite.org/fileformat2.html#walformat

#include <string>

#include "absl/status/status.h"

namespace lineup {

// DATA_LOSS, with the log's name and where, if the log of the database at
// `database` is damaged; OK if there is none. It must not be written meanwhile.
absl::Status CheckWriteAheadLog(const std::string& database);

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_SQLITE_LOG_H_
