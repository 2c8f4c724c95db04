#include "common/model/prediction_format.h"

#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/nearest_name.h"
#include "common/data/recordio_framing.h"
#include "common/model/number_text.h"

namespace lineup {
namespace {

struct FormatName {
  absl::string_view name;
  PredictionFormat format;
};

constexpr FormatName kNames[] = {
    {"jsonlines", PredictionFormat::kJsonLines},
    {"csv", PredictionFormat::kCsv},
    {"recordio-protobuf", PredictionFormat::kRecordIo}};

constexpr FormatName kEndings[] = {{".jsonl", PredictionFormat::kJsonLines},
                                   {".ndjson", PredictionFormat::kJsonLines},
                                   {".jsonlines", PredictionFormat::kJsonLines},
                                   {".csv", PredictionFormat::kCsv},
                                   {".rec", PredictionFormat::kRecordIo},
                                   {".recordio", PredictionFormat::kRecordIo},
                                   {".pbr", PredictionFormat::kRecordIo}};

absl::Span<const float> ScoresOf(const Predictions& predictions, size_t row) {
  const size_t outputs = predictions.num_outputs;
  return absl::MakeConstSpan(predictions.scores)
      .subspan(row * outputs, outputs);
}

void AppendJsonLine(const Predictions& predictions, size_t row,
                    std::string* out) {
  const absl::Span<const float> scores = ScoresOf(predictions, row);
  out->append("{\"score\":");
  if (predictions.num_outputs > 1) out->push_back('[');
  for (size_t c = 0; c < scores.size(); ++c) {
    if (c > 0) out->push_back(',');
    AppendNumber(scores[c], out);
  }
  if (predictions.num_outputs > 1) out->push_back(']');
  if (!predictions.labels.empty()) {
    absl::StrAppend(out, ",\"predicted_label\":", predictions.labels[row]);
  }
  out->append("}\n");
}

void AppendCsvLine(const Predictions& predictions, size_t row,
                   std::string* out) {
  const absl::Span<const float> scores = ScoresOf(predictions, row);
  if (predictions.num_outputs == 1) {
    AppendNumber(scores[0], out);
    if (!predictions.labels.empty()) {
      absl::StrAppend(out, ",", predictions.labels[row]);
    }
  } else {
    absl::StrAppend(out, predictions.labels[row]);
    for (const float score : scores) {
      out->push_back(',');
      AppendNumber(score, out);
    }
  }
  out->push_back('\n');
}

// Protocol Buffers' wire format, for what answers have of proto/record.proto:
//   Record    { map<string, Value> label = 2; }
//   Value     { Float32Tensor float32_tensor = 2; }
//   Float32Tensor { repeated float values = 1 [packed]; }
// and a map's entry is a message { key = 1; value = 2; }.
constexpr char kFirstField = (1 << 3) | 2;   // field 1, length-delimited
constexpr char kSecondField = (2 << 3) | 2;  // field 2, length-delimited

size_t VarintBytes(uint64_t value) {
  size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

void AppendVarint(uint64_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) {
    out->push_back(static_cast<char>(value | 0x80));
  }
  out->push_back(static_cast<char>(value));
}

// The bytes of a field with its tag and length.
size_t FieldBytes(size_t contents) {
  return 1 + VarintBytes(contents) + contents;
}

void AppendFieldStart(char tag, size_t contents, std::string* out) {
  out->push_back(tag);
  AppendVarint(contents, out);
}

void AppendLabel(absl::string_view key, absl::Span<const float> values,
                 std::string* out) {
  const size_t data = values.size() * sizeof(float);
  const size_t tensor = FieldBytes(data);
  const size_t value = FieldBytes(tensor);
  AppendFieldStart(kSecondField, FieldBytes(key.size()) + FieldBytes(value),
                   out);
  AppendFieldStart(kFirstField, key.size(), out);
  out->append(key.data(), key.size());
  AppendFieldStart(kSecondField, value, out);
  AppendFieldStart(kSecondField, tensor, out);
  AppendFieldStart(kFirstField, data, out);
  out->append(reinterpret_cast<const char*>(values.data()), data);
}

void AppendRecordIo(const Predictions& predictions, size_t row,
                    std::string* out) {
  std::string record;
  AppendLabel("score", ScoresOf(predictions, row), &record);
  if (!predictions.labels.empty()) {
    const float label = static_cast<float>(predictions.labels[row]);
    AppendLabel("predicted_label", {&label, 1}, &record);
  }
  AppendRecord(record, out);
}

}  // namespace

absl::StatusOr<PredictionFormat> ChoosePredictionFormat(
    absl::string_view name, absl::string_view output) {
  if (!name.empty()) {
    std::vector<absl::string_view> names;
    for (const FormatName& known : kNames) {
      if (known.name == name) return known.format;
      names.push_back(known.name);
    }
    return absl::InvalidArgumentError(
        absl::StrCat("--output-format: found \"", name,
                     "\", expected csv, jsonlines or recordio-protobuf",
                     DidYouMean(name, names)));
  }
  if (output == "-") return PredictionFormat::kJsonLines;
  for (const FormatName& known : kEndings) {
    if (absl::EndsWithIgnoreCase(output, known.name)) return known.format;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--output ", output,
      ": the name does not tell the format; end it with .csv, .jsonl or .rec, "
      "or say --output-format csv, jsonlines or recordio-protobuf"));
}

std::string PredictionHeader(PredictionFormat format,
                             const LinearModel& model) {
  if (format != PredictionFormat::kCsv) return "";
  switch (model.predictor_type) {
    case PredictorType::kBinaryClassifier:
      return "score,predicted_label\n";
    case PredictorType::kRegressor:
      return "score\n";
    case PredictorType::kMulticlassClassifier:
      break;
  }
  std::string header = "predicted_label";
  for (uint32_t c = 0; c < model.num_classes; ++c) {
    absl::StrAppend(&header, ",score_", c);
  }
  return header.append("\n");
}

void AppendPredictions(PredictionFormat format, const Predictions& predictions,
                       std::string* out) {
  for (size_t row = 0; row < predictions.size(); ++row) {
    switch (format) {
      case PredictionFormat::kJsonLines:
        AppendJsonLine(predictions, row, out);
        break;
      case PredictionFormat::kCsv:
        AppendCsvLine(predictions, row, out);
        break;
      case PredictionFormat::kRecordIo:
        AppendRecordIo(predictions, row, out);
        break;
    }
  }
}

}  // namespace lineup
