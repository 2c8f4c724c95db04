#include "common/base/json_reason.h"

#include "absl/strings/str_cat.h"

namespace lineup {

std::string JsonErrorReason(absl::string_view message) {
  const size_t start = message.find(": ");
  if (start != absl::string_view::npos) message.remove_prefix(start + 2);
  const size_t read = message.find("; last read: ");
  if (read == absl::string_view::npos) return std::string(message);
  const size_t expected = message.rfind("; expected ");
  return absl::StrCat(message.substr(0, read),
                      expected == absl::string_view::npos || expected < read
                          ? ""
                          : message.substr(expected));
}

}  // namespace lineup
