// Speed of the text parsers on one core, in bytes of text a second.

#include <cmath>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmark/benchmark.h"
#include "common/data/csv_parser.h"
#include "common/data/padded_text.h"

namespace lineup {
namespace {

constexpr size_t kTextBytes = 8 << 20;
constexpr size_t kPieceBytes = 256 << 10;

// As the reader of files does: pieces that end in whole lines.
void ParsePieces(absl::string_view text, RecordParser* parser) {
  Examples block;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.rfind('\n', std::min(at + kPieceBytes, text.size()) - 1);
    const ParseResult result =
        parser->Parse(text.substr(at, end + 1 - at), false, &block);
    if (result.error) std::abort();
    at += result.consumed;
    if (result.consumed == 0) {
      benchmark::DoNotOptimize(block.values.data());
      block = Examples();
    }
  }
  benchmark::DoNotOptimize(block.values.data());
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
  const PaddedText padded(CsvText());
  CsvLayout layout;
  layout.num_features = 100;
  layout.targets.push_back(layout.label_target());
  for (int i = 0; i < 100; ++i) layout.targets.push_back(i);
  CsvParser parser(layout, {}, {}, kTextBytes);
  for (auto _ : state) ParsePieces(padded.text(), &parser);
  state.SetBytesProcessed(state.iterations() * padded.text().size());
}
BENCHMARK(BM_Csv);

}  // namespace
}  // namespace lineup

BENCHMARK_MAIN();
