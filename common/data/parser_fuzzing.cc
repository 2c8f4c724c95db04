#include "common/data/parser_fuzzing.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/data/examples.h"
#include "common/data/padded_text.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// All that came out of a text.
struct Outcome {
  // One entry an example: its label, weight, ids and values.
  std::vector<std::vector<float>> examples;
  std::vector<std::string> errors;
};

void CheckSparse(const Examples& block) {
  CHECK_EQ(block.row_starts.front(), 0u);
  CHECK_EQ(block.row_starts.back(), block.values.size());
  CHECK_EQ(block.feature_ids.size(), block.values.size());
  for (size_t row = 0; row < block.size(); ++row) {
    CHECK_LE(block.row_starts[row], block.row_starts[row + 1]);
    for (uint64_t i = block.row_starts[row]; i < block.row_starts[row + 1];
         ++i) {
      CHECK_LT(block.feature_ids[i], block.num_features);
      CHECK(i == block.row_starts[row] ||
            block.feature_ids[i - 1] < block.feature_ids[i]);
    }
  }
}

void CheckBlock(const Examples& block, const BlockLimits& limits) {
  const auto all_finite = [](absl::Span<const float> numbers) {
    return std::all_of(numbers.begin(), numbers.end(),
                       [](float number) { return std::isfinite(number); });
  };
  CHECK(all_finite(block.labels));
  CHECK(all_finite(block.weights));
  CHECK(all_finite(block.values));
  CHECK(block.labels.empty() || block.labels.size() == block.size());
  CHECK(block.weights.empty() || block.weights.size() == block.size());
  CHECK_LE(block.size(), limits.max_examples);
  CHECK(block.size() <= 1 || block.bytes() <= limits.max_bytes);
  if (block.sparse) {
    CheckSparse(block);
  } else {
    CHECK_EQ(block.values.size(), block.size() * block.num_features);
  }
}

void AddBlock(const Examples& block, Outcome* outcome) {
  for (size_t row = 0; row < block.size(); ++row) {
    std::vector<float>& example = outcome->examples.emplace_back();
    if (!block.labels.empty()) example.push_back(block.labels[row]);
    if (!block.weights.empty()) example.push_back(block.weights[row]);
    const size_t begin =
        block.sparse ? block.row_starts[row] : row * block.num_features;
    const size_t end =
        block.sparse ? block.row_starts[row + 1] : begin + block.num_features;
    for (size_t i = begin; i < end; ++i) {
      if (block.sparse) example.push_back(block.feature_ids[i]);
      example.push_back(block.values[i]);
    }
  }
}

// The end of a piece that starts at `at` and has `wanted` bytes, or more if it
// must be whole lines.
size_t PieceEnd(absl::string_view text, size_t at, size_t wanted,
                bool line_based) {
  if (wanted >= text.size() - at) return text.size();
  if (!line_based) return at + wanted;
  const size_t newline = text.find('\n', at + wanted - (wanted > 0));
  return newline == text.npos ? text.size() : newline + 1;
}

// Feeds a parser as the reader of a file does.
Outcome ParsePieces(absl::string_view text, RecordParser* parser,
                    const BlockLimits& limits, size_t piece_bytes) {
  Outcome outcome;
  Examples block;
  const auto take_block = [&] {
    if (!block.empty()) CheckBlock(block, limits);
    AddBlock(block, &outcome);
    block = Examples();
  };
  size_t at = 0;
  size_t wanted = piece_bytes;
  while (at < text.size()) {
    const size_t end = PieceEnd(text, at, wanted, parser->line_based());
    const PaddedText padded(text.substr(at, end - at));
    const bool at_end = end == text.size();
    const ParseResult result = parser->Parse(padded.text(), at_end, &block);
    CHECK_LE(result.consumed, padded.text().size());
    if (result.error) {
      CHECK_GT(result.consumed, 0u);
      CHECK_LE(result.error->offset, result.consumed);
      outcome.errors.push_back(
          absl::StrCat(at + result.error->offset, ":", result.error->position,
                       " (", result.error->name, "): ", result.error->message));
    }
    at += result.consumed;
    if (result.consumed > 0) {
      wanted = piece_bytes;
    } else if (!block.empty()) {
      take_block();
    } else {
      CHECK(!at_end) << "a record was left";
      wanted = 2 * std::max(wanted, end - at);
    }
  }
  take_block();
  return outcome;
}

}  // namespace

void CheckParser(absl::string_view text, const MakeFuzzedParser& make_parser) {
  const BlockLimits all;
  const BlockLimits few = {2, 200};
  const Outcome expected =
      ParsePieces(text, make_parser(all).get(), all, text.size());
  for (const size_t piece_bytes : {1, 13}) {
    const Outcome outcome =
        ParsePieces(text, make_parser(few).get(), few, piece_bytes);
    CHECK(outcome.examples == expected.examples);
    CHECK(outcome.errors == expected.errors);
  }
}

}  // namespace lineup
