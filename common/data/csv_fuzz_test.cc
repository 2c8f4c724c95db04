#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/data/csv_parser.h"
#include "common/data/parser_fuzzing.h"

// A label, two features and a weight, in both dialects.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lineup::BlockLimits;
  using lineup::CsvParser;
  using lineup::LabelDomain;
  std::string text(reinterpret_cast<const char*>(data), size);
  text += '\n';
  lineup::CsvLayout layout;
  layout.num_features = 2;
  layout.targets = {2, 1, 0, 3};
  layout.weighted = true;
  for (const bool multiline : {false, true}) {
    layout.dialect.multiline = multiline;
    lineup::CheckParser(text, [&](const BlockLimits& limits) {
      return std::make_unique<CsvParser>(layout, LabelDomain(), limits,
                                         text.size());
    });
  }
  return 0;
}
