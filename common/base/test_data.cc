#include "common/base/test_data.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace lineup {
namespace {

// Bazel runs a test in a tree of symbolic links, in which WORKSPACE leads
// back to the checkout.
std::filesystem::path CheckoutDirectory() {
  std::error_code ignored;
  return std::filesystem::canonical("WORKSPACE", ignored).parent_path();
}

std::filesystem::path DataDirectory() {
  const char* const named = std::getenv("LINEUP_DATA");
  if (named != nullptr && named[0] != '\0') return named;
  return CheckoutDirectory().parent_path() / "shared" / "data";
}

}  // namespace

absl::StatusOr<std::string> TestDataPath(absl::string_view name) {
  const std::filesystem::path path = DataDirectory() / std::string(name);
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return path.string();
  return absl::NotFoundError(absl::StrCat(
      "test data ", name, " is not at ", path.string(),
      "; set LINEUP_DATA to the directory that holds the data sets"));
}

}  // namespace lineup
