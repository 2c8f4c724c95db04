#ifndef LINEUP_COMMON_BASE_JSON_REASON_H_
#define LINEUP_COMMON_BASE_JSON_REASON_H_

// The words of nlohmann-json's exceptions, fit for our own error messages.

#include <string>

#include "absl/strings/string_view.h"

namespace lineup {

// The reason in an exception's message, without its prefix, which has its own
// idea of line and column, and without the text read last, which line and
// column say better.
std::string JsonErrorReason(absl::string_view message);

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_JSON_REASON_H_
