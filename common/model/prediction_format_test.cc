#include "common/model/prediction_format.h"

#include "absl/strings/escaping.h"
#include "common/model/test_models.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

Predictions Binary() {
  Predictions predictions;
  predictions.scores = {0.9899773597717285f, 0.5f};
  predictions.labels = {1, 0};
  return predictions;
}

Predictions Multiclass() {
  Predictions predictions;
  predictions.num_outputs = 3;
  predictions.scores = {0.25f, 0.5f, 0.25f};
  predictions.labels = {1};
  return predictions;
}

Predictions Regression() {
  Predictions predictions;
  predictions.scores = {-12.5f, 1e-5f};
  return predictions;
}

std::string Write(PredictionFormat format, const Predictions& predictions) {
  std::string out;
  AppendPredictions(format, predictions, &out);
  return out;
}

TEST(PredictionFormatTest, JsonLines) {
  EXPECT_EQ(Write(PredictionFormat::kJsonLines, Binary()),
            "{\"score\":0.9899773597717285,\"predicted_label\":1}\n"
            "{\"score\":0.5,\"predicted_label\":0}\n");
  EXPECT_EQ(Write(PredictionFormat::kJsonLines, Multiclass()),
            "{\"score\":[0.25,0.5,0.25],\"predicted_label\":1}\n");
  EXPECT_EQ(Write(PredictionFormat::kJsonLines, Regression()),
            "{\"score\":-12.5}\n{\"score\":9.999999747378752e-06}\n");
  EXPECT_EQ(PredictionHeader(PredictionFormat::kJsonLines, SmallBinaryModel()),
            "");
}

TEST(PredictionFormatTest, Csv) {
  constexpr PredictionFormat kCsv = PredictionFormat::kCsv;
  EXPECT_EQ(PredictionHeader(kCsv, SmallBinaryModel()) + Write(kCsv, Binary()),
            "score,predicted_label\n0.9899773597717285,1\n0.5,0\n");
  EXPECT_EQ(PredictionHeader(kCsv, SmallMulticlassModel()) +
                Write(kCsv, Multiclass()),
            "predicted_label,score_0,score_1,score_2\n1,0.25,0.5,0.25\n");
  EXPECT_EQ(PredictionHeader(kCsv, SmallRegressionModel()) +
                Write(kCsv, Regression()),
            "score\n-12.5\n9.999999747378752e-06\n");
}

// Bytes as protoc --encode=aialgs.data.Record makes them of
//   label { key: "score" value { float32_tensor { values: 0.5 } } }
//   label { key: "predicted_label" value { float32_tensor { values: 0 } } }
TEST(PredictionFormatTest, RecordIoProtobuf) {
  Predictions predictions = Binary();
  predictions.scores = {0.5f};
  predictions.labels = {0};
  EXPECT_EQ(
      absl::BytesToHexString(Write(PredictionFormat::kRecordIo, predictions)),
      "0a23d7ce30000000"
      "12110a0573636f726512081206"
      "0a040000003f"
      "121b0a0f7072656469637465645f6c6162656c12081206"
      "0a0400000000");
}

TEST(PredictionFormatTest, RecordsArePaddedToFourBytes) {
  // 19 bytes of record and one of padding.
  EXPECT_EQ(absl::BytesToHexString(
                Write(PredictionFormat::kRecordIo, Regression()).substr(0, 28)),
            "0a23d7ce13000000"
            "12110a0573636f7265120812060a04000048c100");
}

TEST(PredictionFormatTest, LongRecordsHaveLongLengths) {
  Predictions predictions;
  predictions.num_outputs = 100;
  predictions.scores.assign(100, 1.0f);
  predictions.labels = {0};
  const std::string bytes = Write(PredictionFormat::kRecordIo, predictions);
  // The entry of "score": 7 bytes of key, 406 of value.
  EXPECT_EQ(absl::BytesToHexString(bytes.substr(8, 25)),
            "12a0030a0573636f72651296031293030a90030000803f0000");
}

TEST(PredictionFormatTest, TheFormatIsChosenByNameOrEnding) {
  const std::pair<const char*, PredictionFormat> endings[] = {
      {"out.jsonl", PredictionFormat::kJsonLines},
      {"out.CSV", PredictionFormat::kCsv},
      {"a.b/out.rec", PredictionFormat::kRecordIo},
      {"-", PredictionFormat::kJsonLines}};
  for (const auto& [output, format] : endings) {
    EXPECT_EQ(*ChoosePredictionFormat("", output), format) << output;
  }
  EXPECT_EQ(*ChoosePredictionFormat("csv", "out.jsonl"),
            PredictionFormat::kCsv);
  EXPECT_EQ(ChoosePredictionFormat("", "out.txt").status().message(),
            "--output out.txt: the name does not tell the format; end it with "
            ".csv, .jsonl or .rec, or say --output-format csv, jsonlines or "
            "recordio-protobuf");
  EXPECT_EQ(ChoosePredictionFormat("jsonline", "-").status().message(),
            "--output-format: found \"jsonline\", expected csv, jsonlines or "
            "recordio-protobuf; did you mean \"jsonlines\"?");
}

}  // namespace
}  // namespace lineup
