#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/model/ndarray_file.h"
#include "glog/logging.h"

// What is read must be written to a file that reads as the same arrays.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto arrays = lineup::ParseNdArrayFile(bytes, "fuzz");
  if (!arrays.ok()) return 0;
  const std::string written = lineup::SerializeNdArrayFile(*arrays);
  const auto again = lineup::ParseNdArrayFile(written, "fuzz");
  CHECK(again.ok()) << again.status();
  CHECK(lineup::SerializeNdArrayFile(*again) == written);
  return 0;
}
