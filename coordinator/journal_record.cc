#include "coordinator/journal_record.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace lineup {

void ApplyRecords(absl::Span<const JournalRecord> records,
                  JournalContents* contents) {
  for (const JournalRecord& record : records) {
    if (record.value.has_value()) {
      (*contents)[record.key] = *record.value;
      continue;
    }
    contents->erase(record.key);
    for (const auto& [key, value] : EntriesBelow(*contents, record.key)) {
      contents->erase(key);
    }
  }
}

std::vector<std::pair<std::string, std::string>> EntriesBelow(
    const JournalContents& contents, absl::string_view key) {
  const std::string prefix = absl::StrCat(key, "/");
  std::vector<std::pair<std::string, std::string>> entries;
  for (auto it = contents.lower_bound(prefix);
       it != contents.end() && absl::StartsWith(it->first, prefix); ++it) {
    entries.push_back(*it);
  }
  return entries;
}

}  // namespace lineup
