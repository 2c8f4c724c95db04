#include "common/data/parse_errors.h"

#include <cmath>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lineup {
namespace {

constexpr size_t kMaxQuoted = 40;

// Where to cut `text` so that no UTF-8 character is cut through.
size_t CutPoint(absl::string_view text) {
  size_t size = kMaxQuoted;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
    --size;
  }
  return size;
}

constexpr char kFillOrSkip[] =
    "fill it in, drop the row, or skip such rows with --max-bad-records";

// The shortest decimal that reads back as the same float.
std::string FloatText(float value) {
  for (int digits = 6; digits < 9; ++digits) {
    const std::string text = absl::StrFormat("%.*g", digits, value);
    float back = 0;
    if (ParseNumber(text, &back) == NumberKind::kFinite && back == value) {
      return text;
    }
  }
  return absl::StrFormat("%.9g", value);
}

}  // namespace

std::string Quoted(absl::string_view text) {
  if (text.size() <= kMaxQuoted) {
    return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
  }
  return absl::StrCat("\"",
                      absl::Utf8SafeCEscape(text.substr(0, CutPoint(text))),
                      "...\" (", text.size(), " characters)");
}

std::string BadNumber(NumberKind kind, absl::string_view text) {
  switch (kind) {
    case NumberKind::kFinite:
      break;
    case NumberKind::kEmpty:
      return absl::StrCat(
          "found nothing (a missing value), expected a number; ", kFillOrSkip);
    case NumberKind::kMissing:
      return absl::StrCat("found ", Quoted(text),
                          " (a missing value), expected a number; ",
                          kFillOrSkip);
    case NumberKind::kNan:
    case NumberKind::kInfinite:
      return absl::StrCat("found ", Quoted(text),
                          ", expected a finite number; ", kFillOrSkip);
    case NumberKind::kTooLarge:
      return absl::StrCat(
          "found ", Quoted(text),
          ", expected a number of at most 3.4028235e38 in size (a 32-bit "
          "float); rescale the column");
    case NumberKind::kText:
      return absl::StrCat(
          "found ", Quoted(text),
          ", expected a number; encode text as numbers first (one column a "
          "category, 0 or 1)");
  }
  return absl::StrCat("found ", Quoted(text), ", expected a number");
}

std::string BadStoredNumber(double value) {
  if (std::isfinite(value)) {
    return BadNumber(NumberKind::kTooLarge, absl::StrFormat("%.9g", value));
  }
  return BadNumber(NumberKind::kNan, std::isnan(value) ? "nan"
                                     : value > 0       ? "inf"
                                                       : "-inf");
}

std::string BadLabel(const LabelDomain& domain, float label) {
  const std::string found = absl::StrCat("found ", FloatText(label));
  if (domain.kind == LabelDomain::kBinary) {
    return absl::StrCat(found,
                        ", expected a label of 0 or 1 (or -1 and 1) for a "
                        "binary_classifier; check --label and "
                        "--predictor_type");
  }
  return absl::StrCat(found, ", expected a class from 0 to ",
                      static_cast<int64_t>(domain.num_classes) - 1,
                      " (num_classes is ", domain.num_classes,
                      "); check --label and --num_classes");
}

std::string BadWeight(float weight) {
  return absl::StrCat("found ", FloatText(weight),
                      ", expected a weight of 0 or more; check --weight");
}

std::string IdTooLarge(absl::string_view id, uint64_t num_features,
                       int first_id) {
  return absl::StrCat(
      "found feature id ", id, ", expected ids from ", first_id, " to ",
      num_features - 1 + static_cast<uint64_t>(first_id), " (feature_dim is ",
      num_features, "); raise --feature_dim, or check --first-id");
}

}  // namespace lineup
