// The form in which predictions are written: the text or bytes of each answer.
//
//   JSON Lines   {"score":0.4,"predicted_label":0}       binary
//                {"score":[0.1,0.9],"predicted_label":1} multiclass
//                {"score":0.4}                           regression
//   CSV          a header line, then score,predicted_label (binary),
//                predicted_label,score_0,score_1,... (multiclass) or score
//   RecordIO     aialgs.data.Record with the labels "score" and
//                "predicted_label", float32
//
// JSON Lines and RecordIO-protobuf are the Linear Learner container's answers
// (Amazon SageMaker developer guide, "Linear learner response formats"): a
// score is the float32 value written as the shortest double.
//
// Pure functions and plain values.

#ifndef LINEUP_COMMON_MODEL_PREDICTION_FORMAT_H_
#define LINEUP_COMMON_MODEL_PREDICTION_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/model/linear_model.h"
#include "common/model/predictor.h"

namespace lineup {

enum class PredictionFormat { kJsonLines, kCsv, kRecordIo };

// By name ("csv", "jsonlines", "recordio-protobuf"); if `name` is empty, by
// the ending of `output` (.csv, .jsonl, .rec ...), with JSON Lines for standard
// output ("-"). INVALID_ARGUMENT names the choices.
absl::StatusOr<PredictionFormat> ChoosePredictionFormat(
    absl::string_view name, absl::string_view output);

// What stands before the first answer: CSV's line of names, or nothing.
std::string PredictionHeader(PredictionFormat format, const LinearModel& model);

// Appends all answers of a block.
void AppendPredictions(PredictionFormat format, const Predictions& predictions,
                       std::string* out);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_PREDICTION_FORMAT_H_
