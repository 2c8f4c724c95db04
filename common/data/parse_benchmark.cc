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

}  // namespace
}  // namespace lineup

BENCHMARK_MAIN();
