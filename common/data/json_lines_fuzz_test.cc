#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "common/data/json_lines_parser.h"
#include "common/data/parser_fuzzing.h"

// By the layout that the first good record shows, and the other way round.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lineup::BlockLimits;
  using lineup::JsonLinesParser;
  using lineup::LabelDomain;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  lineup::TensorLayout layout;
  lineup::RecordError error;
  lineup::FindJsonLinesLayout(text, true, &layout, &error);
  // Dense rows of a sparse tensor could have any size.
  if (layout.num_features > 10000) layout.num_features = 3;
  for (int i = 0; i < 2; ++i) {
    lineup::CheckParser(text, [&](const BlockLimits& limits) {
      return std::make_unique<JsonLinesParser>(layout, LabelDomain(), limits,
                                               size);
    });
    layout.sparse = !layout.sparse;
    layout.labelled = !layout.labelled;
  }
  return 0;
}
