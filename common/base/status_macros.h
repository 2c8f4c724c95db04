#ifndef LINEUP_COMMON_BASE_STATUS_MACROS_H_
#define LINEUP_COMMON_BASE_STATUS_MACROS_H_

// Passes an error on to the caller in one line:
//
//   absl::StatusOr<Model> Load(const std::string& path) {
//     LINEUP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
//     LINEUP_RETURN_IF_ERROR(CheckHeader(text));
//     ...
//   }
//
// The enclosing function returns absl::Status or any absl::StatusOr. Each
// expression is evaluated once. A declaration with a comma outside
// parentheses (a map type, say) needs a type alias or `auto`.

#include <utility>

#include "absl/base/optimization.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the function if `expr`, an absl::Status, is not OK.
#define LINEUP_RETURN_IF_ERROR(expr)                \
  do {                                              \
    ::absl::Status lineup_status_ = (expr);         \
    if (ABSL_PREDICT_FALSE(!lineup_status_.ok())) { \
      return lineup_status_;                        \
    }                                               \
  } while (false)

// Moves the value of `expr`, an absl::StatusOr, into `lhs` (a variable or a
// declaration of one), or returns its error from the function.
#define LINEUP_ASSIGN_OR_RETURN(lhs, expr) \
  LINEUP_ASSIGN_OR_RETURN_IMPL_(           \
      LINEUP_STATUS_MACROS_CONCAT_(lineup_status_or_, __LINE__), lhs, expr)

#define LINEUP_ASSIGN_OR_RETURN_IMPL_(result, lhs, expr) \
  auto result = (expr);                                  \
  if (ABSL_PREDICT_FALSE(!result.ok())) {                \
    return std::move(result).status();                   \
  }                                                      \
  lhs = *std::move(result)

#define LINEUP_STATUS_MACROS_CONCAT_(a, b) LINEUP_STATUS_MACROS_CONCAT2_(a, b)
#define LINEUP_STATUS_MACROS_CONCAT2_(a, b) a##b

#endif  // LINEUP_COMMON_BASE_STATUS_MACROS_H_
