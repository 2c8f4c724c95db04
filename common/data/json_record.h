// Reads one record of JSON as SageMaker's endpoints take it:
//
//   {"features": [1.5, 16, 14]}
//   {"data": {"features": {"values": [1.5, 16, 14]}}}
//   {"data": {"features": {"keys": [26, 182], "shape": [2000],
//                          "values": [1, 1]}}}
//
// with, beside "features" or "data", an optional "label": a number. Members
// that are not named here are passed over.

#ifndef LINEUP_COMMON_DATA_JSON_RECORD_H_
#define LINEUP_COMMON_DATA_JSON_RECORD_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "common/data/record_parser.h"
#include "common/data/tensor_rows.h"

namespace lineup {

struct JsonRecord {
  Tensor features;
  bool has_label = false;
  // One value.
  Tensor label;
  // Where the features and the label start in the text.
  size_t features_offset = 0;
  size_t label_offset = 0;
};

// Reads all of `text` into `record`, whose memory is used again. False:
// *error says why not, with its offset in the text. The label is read only if
// `with_label`.
bool ReadJsonRecord(absl::string_view text, bool with_label, JsonRecord* record,
                    RecordError* error);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_JSON_RECORD_H_
