#include "common/data/libsvm_head.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace lineup {
namespace {

void LookAtLine(absl::string_view line, LibsvmHead* head) {
  line = line.substr(0, line.find('#'));
  for (const absl::string_view token :
       absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty())) {
    const size_t colon = token.find(':');
    uint64_t id = 0;
    if (colon == token.npos || !absl::SimpleAtoi(token.substr(0, colon), &id)) {
      continue;
    }
    head->lowest_id = std::min(head->lowest_id, id);
    head->highest_id = std::max(head->highest_id, id);
  }
}

}  // namespace

LibsvmHead ReadLibsvmHead(absl::string_view head, bool whole) {
  LibsvmHead result;
  if (!whole) head = head.substr(0, head.rfind('\n') + 1);
  for (const absl::string_view line : absl::StrSplit(head, '\n')) {
    LookAtLine(line, &result);
  }
  return result;
}

}  // namespace lineup
