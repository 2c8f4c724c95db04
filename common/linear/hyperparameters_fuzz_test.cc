// Whatever a hyperparameter file has is refused or taken. What is taken must be
// written so that it reads as the same.

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "common/linear/hyperparameters.h"
#include "glog/logging.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read =
      lineup::ParseHyperparameters({}, lineup::HyperparameterFile{"f", text});
  if (!read.ok()) return 0;
  const std::string written = lineup::HyperparametersToJson(*read).dump();
  const auto again = lineup::ParseHyperparameters(
      {}, lineup::HyperparameterFile{"f", written});
  CHECK(again.ok()) << again.status() << "\n" << written;
  CHECK(lineup::HyperparametersToJson(*again).dump() == written) << written;
  return 0;
}
