// Speed of the parsers on one core, in bytes of input a second.

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmark/benchmark.h"
#include "common/data/csv_parser.h"
#include "common/data/json_lines_parser.h"
#include "common/data/libsvm_parser.h"
#include "common/data/padded_text.h"
#include "common/data/recordio_parser.h"
#include "proto/record.pb.h"

namespace lineup {
namespace {

constexpr size_t kTextBytes = 8 << 20;
constexpr size_t kPieceBytes = 256 << 10;

// As the reader of files does: pieces of some size, what was not consumed in
// front of the next, blocks that are given away when they are full.
void ParsePieces(absl::string_view text, RecordParser* parser) {
  Examples block;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = std::min(at + kPieceBytes, text.size());
    if (parser->line_based()) end = text.rfind('\n', end - 1) + 1;
    const ParseResult result =
        parser->Parse(text.substr(at, end - at), false, &block);
    if (result.error) std::abort();
    at += result.consumed;
    if (result.consumed == 0) {
      benchmark::DoNotOptimize(block.values.data());
      block = Examples();
    }
  }
  benchmark::DoNotOptimize(block.values.data());
}

void ParseRepeatedly(benchmark::State& state, const std::string& text,
                     RecordParser* parser) {
  const PaddedText padded(text);
  for (auto _ : state) ParsePieces(padded.text(), parser);
  state.SetBytesProcessed(state.iterations() * padded.text().size());
}

// A label and 100 numbers of four digits.
std::string CsvText() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string text;
  while (text.size() < kTextBytes) {
    absl::StrAppend(&text, random() % 2);
    for (int i = 0; i < 100; ++i) {
      absl::StrAppendFormat(&text, ",%.4g",
                            normal(random) * std::exp(i % 9 - 4));
    }
    text += '\n';
  }
  return text;
}

void BM_Csv(benchmark::State& state) {
  CsvLayout layout;
  layout.num_features = 100;
  layout.targets.push_back(layout.label_target());
  for (int i = 0; i < 100; ++i) layout.targets.push_back(i);
  CsvParser parser(layout, {}, {}, kTextBytes);
  ParseRepeatedly(state, CsvText(), &parser);
}
BENCHMARK(BM_Csv);

constexpr uint32_t kSparseFeatures = 1000000;

// One sparse row: some 40 of a million features, with values as those of a
// row of length 1.
struct SparseRow {
  std::vector<uint32_t> ids;
  std::vector<double> values;
};

SparseRow RandomSparseRow(std::mt19937* random) {
  std::set<uint32_t> ids;
  const int features = std::poisson_distribution<int>(40)(*random);
  for (int i = 0; i < features; ++i) ids.insert((*random)() % kSparseFeatures);
  SparseRow row;
  row.ids.assign(ids.begin(), ids.end());
  std::exponential_distribution<double> exponential;
  double squares = 0;
  for (size_t i = 0; i < row.ids.size(); ++i) {
    row.values.push_back(1 + exponential(*random));
    squares += row.values[i] * row.values[i];
  }
  for (double& value : row.values) {
    value = std::round(value / std::sqrt(squares) * 1e4) / 1e4;
  }
  return row;
}

// `line_end`: what ends the lines.
std::string LibsvmText(absl::string_view line_end) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < kTextBytes) {
    const SparseRow row = RandomSparseRow(&random);
    absl::StrAppend(&text, random() % 2);
    for (size_t i = 0; i < row.ids.size(); ++i) {
      absl::StrAppendFormat(&text, " %d:%.4g", row.ids[i] + 1, row.values[i]);
    }
    absl::StrAppend(&text, line_end);
  }
  return text;
}

void BM_Libsvm(benchmark::State& state) {
  LibsvmParser parser({}, {}, {}, kTextBytes);
  ParseRepeatedly(state, LibsvmText("\n"), &parser);
}
BENCHMARK(BM_Libsvm);

// The reading that the fast path falls back to.
void BM_LibsvmWithCare(benchmark::State& state) {
  LibsvmParser parser({}, {}, {}, kTextBytes);
  ParseRepeatedly(state, LibsvmText("#\n"), &parser);
}
BENCHMARK(BM_LibsvmWithCare);

std::string RecordIoText(bool sparse, const char* type) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::string bytes;
  while (bytes.size() < kTextBytes) {
    aialgs::data::Record record;
    auto& features = (*record.mutable_features())["values"];
    if (sparse) {
      const SparseRow row = RandomSparseRow(&random);
      auto* const tensor = features.mutable_float32_tensor();
      tensor->mutable_values()->Assign(row.values.begin(), row.values.end());
      tensor->mutable_keys()->Assign(row.ids.begin(), row.ids.end());
      tensor->add_shape(kSparseFeatures);
    } else {
      for (int i = 0; i < 100; ++i) {
        if (absl::string_view(type) == "float64") {
          features.mutable_float64_tensor()->add_values(normal(random));
        } else {
          features.mutable_float32_tensor()->add_values(normal(random));
        }
      }
    }
    (*record.mutable_label())["values"].mutable_float32_tensor()->add_values(
        random() % 2);
    AppendRecord(record.SerializeAsString(), &bytes);
  }
  return bytes;
}

void BM_RecordIoDense(benchmark::State& state) {
  RecordIoParser parser({false, 100, true}, 0, {}, {}, kTextBytes);
  ParseRepeatedly(state, RecordIoText(false, "float32"), &parser);
}
BENCHMARK(BM_RecordIoDense);

void BM_RecordIoDenseFloat64(benchmark::State& state) {
  RecordIoParser parser({false, 100, true}, 0, {}, {}, kTextBytes);
  ParseRepeatedly(state, RecordIoText(false, "float64"), &parser);
}
BENCHMARK(BM_RecordIoDenseFloat64);

void BM_RecordIoSparse(benchmark::State& state) {
  RecordIoParser parser({true, kSparseFeatures, true}, 0, {}, {}, kTextBytes);
  ParseRepeatedly(state, RecordIoText(true, "float32"), &parser);
}
BENCHMARK(BM_RecordIoSparse);

std::string JsonText() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string text;
  while (text.size() < kTextBytes) {
    absl::StrAppend(&text, "{\"features\":[");
    for (int i = 0; i < 100; ++i) {
      absl::StrAppendFormat(&text, "%s%.4g", i == 0 ? "" : ",", normal(random));
    }
    absl::StrAppend(&text, "]}\n");
  }
  return text;
}

void BM_JsonLines(benchmark::State& state) {
  JsonLinesParser parser({false, 100, false}, {}, {}, kTextBytes);
  ParseRepeatedly(state, JsonText(), &parser);
}
BENCHMARK(BM_JsonLines);

}  // namespace
}  // namespace lineup

BENCHMARK_MAIN();
