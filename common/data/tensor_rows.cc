#include "common/data/tensor_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/data/parse_errors.h"
#include "common/data/sparse_row.h"

namespace lineup {
namespace {

constexpr char kCorrectOrSkip[] =
    "correct the record, or skip such records with --max-bad-records";

size_t MaxRows(const TensorLayout& layout, const BlockLimits& limits) {
  if (layout.sparse) return std::max<size_t>(1, limits.max_examples);
  const uint64_t row_bytes = 4 * (uint64_t{layout.num_features} + 1);
  return std::max<uint64_t>(
      1, std::min<uint64_t>(limits.max_examples, limits.max_bytes / row_bytes));
}

std::string ShapeText(const Tensor& tensor) {
  return absl::StrCat("[", absl::StrJoin(tensor.shape, ", "), "]");
}

std::string FeatureName(uint64_t index) {
  return absl::StrCat("feature ", index);
}

bool AllFinite(const std::vector<float>& values) {
  // Without a branch, for the compiler to vectorise.
  constexpr uint32_t kExponent = 0x7f800000;
  uint32_t bad = 0;
  for (const float value : values) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    bad |= (bits & kExponent) == kExponent;
  }
  return bad == 0;
}

// The first value of `tensor` that is not a finite float.
size_t FirstNotFinite(const Tensor& tensor) {
  return std::find_if_not(tensor.values.begin(), tensor.values.end(),
                          [](float v) { return std::isfinite(v); }) -
         tensor.values.begin();
}

std::string BadValue(const Tensor& tensor, size_t index) {
  const bool too_large = tensor.too_large && tensor.too_large->index == index;
  return BadStoredNumber(too_large ? tensor.too_large->value
                                   : tensor.values[index]);
}

// The product of the tensor's shape.
absl::optional<TensorError> ShapeSize(const Tensor& tensor, uint32_t* size) {
  constexpr uint64_t kMax = std::numeric_limits<uint32_t>::max();
  uint64_t product = 1;
  for (const uint64_t extent : tensor.shape) {
    if (extent <= kMax) product *= extent;
    if (extent > kMax || product > kMax) {
      return TensorError{
          "", absl::StrCat("found the shape ", ShapeText(tensor),
                           ", expected fewer than 4294967296 features; hash or "
                           "renumber the features")};
    }
  }
  if (product == 0) {
    return TensorError{
        "", absl::StrCat("found the shape ", ShapeText(tensor),
                         ", expected one feature at least; ", kCorrectOrSkip)};
  }
  *size = static_cast<uint32_t>(product);
  return absl::nullopt;
}

}  // namespace

void Tensor::Clear() {
  values.clear();
  keys.clear();
  shape.clear();
  too_large.reset();
}

absl::optional<TensorError> TensorWidth(const Tensor& tensor,
                                        uint32_t* num_features) {
  if (tensor.values.empty() && tensor.shape.empty()) {
    return TensorError{"", absl::StrCat("found no values, expected a number "
                                        "for every feature; ",
                                        kCorrectOrSkip)};
  }
  if (tensor.sparse() && tensor.shape.empty()) {
    return TensorError{
        "",
        "found keys without a shape, expected the number of features as "
        "the shape of a sparse record; add it"};
  }
  *num_features = static_cast<uint32_t>(tensor.values.size());
  if (tensor.shape.empty()) return absl::nullopt;
  absl::optional<TensorError> error = ShapeSize(tensor, num_features);
  if (!error && !tensor.sparse() && *num_features != tensor.values.size()) {
    error = TensorError{
        "", absl::StrCat("found ", tensor.values.size(), " values, expected ",
                         *num_features, " as the shape ", ShapeText(tensor),
                         " says; ", kCorrectOrSkip)};
  }
  return error;
}

TensorRows::TensorRows(const TensorLayout& layout,
                       const LabelDomain& label_domain,
                       const BlockLimits& limits)
    : layout_(layout),
      label_domain_(label_domain),
      limits_(limits),
      max_rows_(MaxRows(layout, limits)) {}

void TensorRows::Start(uint64_t expected_rows, Examples* block) const {
  block->sparse = layout_.sparse;
  block->num_features = layout_.num_features;
  const size_t rows = std::min<uint64_t>(expected_rows, max_rows_);
  if (layout_.labelled) block->labels.reserve(rows);
  if (layout_.sparse) {
    block->row_starts.reserve(rows + 1);
    block->row_starts.assign(1, 0);
  } else {
    block->values.reserve(rows * layout_.num_features);
  }
}

bool TensorRows::Full(const Tensor& features, const Examples& block) const {
  const size_t rows = block.size();
  if (rows == 0) return false;
  if (rows >= max_rows_) return true;
  return layout_.sparse &&
         block.bytes() + 8 * features.values.size() + 12 > limits_.max_bytes;
}

absl::optional<TensorError> TensorRows::CheckLabel(const Tensor* label) const {
  if (label == nullptr || label->values.empty()) {
    return TensorError{"label", absl::StrCat("found no label, expected one; ",
                                             kCorrectOrSkip)};
  }
  if (label->values.size() > 1) {
    return TensorError{"label",
                       absl::StrCat("found a label of ", label->values.size(),
                                    " values, expected one; ", kCorrectOrSkip)};
  }
  if (!AllFinite(label->values)) {
    return TensorError{"label", BadValue(*label, 0)};
  }
  if (!LabelFits(label_domain_, label->values[0])) {
    return TensorError{"label", BadLabel(label_domain_, label->values[0])};
  }
  return absl::nullopt;
}

absl::optional<TensorError> TensorRows::TakeKeys(Tensor* features) {
  if (features->keys.size() != features->values.size()) {
    return TensorError{
        "", absl::StrCat("found ", features->keys.size(), " keys and ",
                         features->values.size(),
                         " values, expected one value for each key; ",
                         kCorrectOrSkip)};
  }
  ids_.clear();
  for (const uint64_t key : features->keys) {
    if (key >= layout_.num_features) {
      return TensorError{
          FeatureName(key),
          absl::StrCat("found key ", key, ", expected keys from 0 to ",
                       layout_.num_features - 1, " as the shape says; ",
                       kCorrectOrSkip)};
    }
    ids_.push_back(static_cast<uint32_t>(key));
  }
  const absl::optional<uint32_t> twice =
      SortSparseRow(absl::MakeSpan(ids_), absl::MakeSpan(features->values));
  if (!twice) return absl::nullopt;
  return TensorError{
      FeatureName(*twice),
      absl::StrCat("found key ", *twice,
                   " twice in the record, expected every key once; add the "
                   "values up or drop one")};
}

absl::optional<TensorError> TensorRows::CheckFeatures(Tensor* features) {
  uint32_t width = 0;
  if (auto error = TensorWidth(*features, &width)) return error;
  if (width != layout_.num_features) {
    return TensorError{
        "",
        absl::StrCat("found ", width, width == 1 ? " feature" : " features",
                     ", expected ", layout_.num_features, " (feature_dim is ",
                     layout_.num_features, "); ", kCorrectOrSkip)};
  }
  if (!AllFinite(features->values)) {
    const size_t index = FirstNotFinite(*features);
    return TensorError{
        FeatureName(index < features->keys.size() ? features->keys[index]
                                                  : index),
        BadValue(*features, index)};
  }
  if (features->sparse()) return TakeKeys(features);
  return absl::nullopt;
}

void TensorRows::AppendDense(const Tensor& features, Examples* block) const {
  if (!features.sparse()) {
    block->values.insert(block->values.end(), features.values.begin(),
                         features.values.end());
    return;
  }
  const size_t start = block->values.size();
  block->values.resize(start + layout_.num_features);
  for (size_t i = 0; i < ids_.size(); ++i) {
    block->values[start + ids_[i]] = features.values[i];
  }
}

void TensorRows::AppendSparse(const Tensor& features, Examples* block) const {
  if (features.sparse()) {
    block->feature_ids.insert(block->feature_ids.end(), ids_.begin(),
                              ids_.end());
    block->values.insert(block->values.end(), features.values.begin(),
                         features.values.end());
  } else {
    for (uint32_t id = 0; id < features.values.size(); ++id) {
      if (features.values[id] == 0) continue;
      block->feature_ids.push_back(id);
      block->values.push_back(features.values[id]);
    }
  }
  block->row_starts.push_back(block->values.size());
}

TensorRows::Outcome TensorRows::Append(Tensor* features, const Tensor* label,
                                       Examples* block, TensorError* error) {
  if (Full(*features, *block)) return Outcome::kFull;
  absl::optional<TensorError> wrong = CheckFeatures(features);
  if (!wrong && layout_.labelled) wrong = CheckLabel(label);
  if (wrong) {
    *error = std::move(*wrong);
    return Outcome::kBad;
  }
  if (layout_.labelled) block->labels.push_back(label->values[0]);
  if (layout_.sparse) {
    AppendSparse(*features, block);
  } else {
    AppendDense(*features, block);
  }
  return Outcome::kTaken;
}

}  // namespace lineup
