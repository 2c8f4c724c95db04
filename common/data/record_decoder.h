// Decodes aialgs.data.Record (proto/record.proto), the message in which
// SageMaker's algorithms take and give examples.
//
// Reads the wire format without building a message: reading data would take
// several times as long otherwise. Whatever a protobuf library reads as one
// tensor under the key "values" is read as the same tensor, packed or not, in
// one piece or several, whatever stands beside it.

#ifndef LINEUP_COMMON_DATA_RECORD_DECODER_H_
#define LINEUP_COMMON_DATA_RECORD_DECODER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/data/tensor_rows.h"

namespace lineup {

struct DecodedRecord {
  bool has_features = false;
  Tensor features;
  bool has_label = false;
  Tensor label;
};

// Decodes a record into `record`, whose memory is used again. An error says
// what is wrong with it. The label is decoded only if `with_label`.
absl::optional<TensorError> DecodeRecord(absl::string_view bytes,
                                         bool with_label,
                                         DecodedRecord* record);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_RECORD_DECODER_H_
