#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/model/model_json.h"
#include "glog/logging.h"

// What is read with its weights must be written to a file that reads as the
// same model.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = lineup::ParseModelJson(text, "fuzz");
  if (!file.ok() || file->model.weights.empty()) return 0;
  const std::string written =
      lineup::SerializeModelJson(*file->document, file->model);
  const auto again = lineup::ParseModelJson(written, "fuzz");
  CHECK(again.ok()) << again.status();
  CHECK(lineup::SerializeModelJson(*again->document, again->model) == written)
      << written;
  return 0;
}
