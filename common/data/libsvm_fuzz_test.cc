#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "common/data/libsvm_parser.h"
#include "common/data/parser_fuzzing.h"

// Data of unknown width that counts from 1, and of known width from 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lineup::BlockLimits;
  using lineup::LabelDomain;
  using lineup::LibsvmParser;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lineup::CheckParser(text, [&](const BlockLimits& limits) {
    return std::make_unique<LibsvmParser>(lineup::LibsvmLayout(), LabelDomain(),
                                          limits, size);
  });
  lineup::LibsvmLayout layout;
  layout.first_id = 0;
  layout.num_features = 100;
  layout.labelled = false;
  lineup::CheckParser(text, [&](const BlockLimits& limits) {
    return std::make_unique<LibsvmParser>(layout, LabelDomain(), limits, size);
  });
  return 0;
}
