// What a coordinator writes down, so that one that is started anew goes on
// where it was: a table of keys and values, and changes to it. proto/
// journal.proto says which keys there are.
//
// Keys are paths: "run/course" is below "run". Numbers in them have 16 digits,
// so keys in order are numbers in order.

#ifndef LINEUP_COORDINATOR_JOURNAL_RECORD_H_
#define LINEUP_COORDINATOR_JOURNAL_RECORD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace lineup {

struct JournalRecord {
  std::string key;
  // The key's new value; none: the key is erased with all keys below it.
  std::optional<std::string> value;
};

using JournalRecords = std::vector<JournalRecord>;
using JournalContents = std::map<std::string, std::string>;

// A key that has a number.
inline std::string NumberedKey(absl::string_view above, uint64_t number) {
  return absl::StrFormat("%s/%016d", above, number);
}

// Times in its messages; 0: not set.
inline int64_t UnixMicros(absl::Time time) {
  return time == absl::Time() ? 0 : absl::ToUnixMicros(time);
}
inline absl::Time FromUnixMicros(int64_t unix_us) {
  return unix_us == 0 ? absl::Time() : absl::FromUnixMicros(unix_us);
}

// What a journal holds after more records.
void ApplyRecords(absl::Span<const JournalRecord> records,
                  JournalContents* contents);

// The entries below a key, in order.
std::vector<std::pair<std::string, std::string>> EntriesBelow(
    const JournalContents& contents, absl::string_view key);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOURNAL_RECORD_H_
