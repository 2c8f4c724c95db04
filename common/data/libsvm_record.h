// Reads one line of LIBSVM text with care:
//
//   label [qid:N] id:value id:value ... [# comment]
//
// Tokens are separated by blanks and tabs; a line may end in CR. The ids may
// come in any order. This is the reading that says what is wrong, and where;
// LibsvmParser reads the plain lines faster.

#ifndef LINEUP_COMMON_DATA_LIBSVM_RECORD_H_
#define LINEUP_COMMON_DATA_LIBSVM_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"

namespace lineup {

// What the lines of one file look like.
struct LibsvmLayout {
  // What the first feature is called, 0 or 1.
  int first_id = 1;
  // 0 = not known: any id is good.
  uint32_t num_features = 0;
  // False: lines may come without a label, and labels are passed over.
  bool labelled = true;
};

struct LibsvmRecord {
  float label = 0;
  // 0-based, strictly ascending.
  std::vector<uint32_t> feature_ids;
  std::vector<float> values;
};

enum class LibsvmLine { kExample, kNothing, kBad };

// Reads `line`, which is without its end of line, into `record`, whose memory
// is used again. kNothing: blank, or only a comment. kBad: *error says why,
// with the offset from the start of the line.
LibsvmLine ReadLibsvmLine(absl::string_view line, const LibsvmLayout& layout,
                          const LabelDomain& label_domain, LibsvmRecord* record,
                          RecordError* error);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_LIBSVM_RECORD_H_
