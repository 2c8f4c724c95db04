#ifndef LINEUP_COMMON_BASE_TEST_DATA_H_
#define LINEUP_COMMON_BASE_TEST_DATA_H_

// Finds the real data sets that are too large for the repository.
//
//   TEST(A9aTest, ReadsEveryRow) {
//     LINEUP_TEST_DATA_OR_SKIP(path, "a9a/a9a.train.svm");
//     ... Open(path) ...
//   }
//
// They lie in the directory that the environment variable LINEUP_DATA names,
// or, without it, in ../shared/data beside the checkout. A test whose data is
// absent is skipped, and says so in its log (docs/testing.md).

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace lineup {

// The path of a data file or directory, named from the data's own directory;
// NotFound, saying where it was looked for, if there is none.
absl::StatusOr<std::string> TestDataPath(absl::string_view name);

}  // namespace lineup

// Declares `const std::string variable`, the path of the data file `name`, or
// skips the test. For use in the test's own body, as it returns from it.
#define LINEUP_TEST_DATA_OR_SKIP(variable, name)             \
  const ::absl::StatusOr<std::string> variable##_or_status = \
      ::lineup::TestDataPath(name);                          \
  if (!variable##_or_status.ok()) {                          \
    GTEST_SKIP() << variable##_or_status.status().message(); \
  }                                                          \
  const std::string variable = *variable##_or_status

#endif  // LINEUP_COMMON_BASE_TEST_DATA_H_
