#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/model/model_archive.h"
#include "glog/logging.h"

// What is read must be written to an archive that reads as the same model.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kMaxBytes = uint64_t{1} << 22;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto model = lineup::ParseModelArchive(bytes, "fuzz", kMaxBytes);
  if (!model.ok()) return 0;
  const std::string written = lineup::SerializeModelZip(*model);
  const auto again = lineup::ParseModelArchive(written, "fuzz", kMaxBytes);
  CHECK(again.ok()) << again.status();
  CHECK(lineup::SerializeModelZip(*again) == written);
  return 0;
}
