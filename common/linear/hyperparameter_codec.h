// How a member of Hyperparameters is stored from and shown as JSON scalars:
// the glue between the table's uniform values and the typed struct. For
// hyperparameter_table.cc alone.

#ifndef LINEUP_COMMON_LINEAR_HYPERPARAMETER_CODEC_H_
#define LINEUP_COMMON_LINEAR_HYPERPARAMETER_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/linear/hyperparameter_table.h"
#include "common/linear/hyperparameters.h"
#include "common/linear/types.h"
#include "nlohmann/json.hpp"

namespace lineup::hyperparameter_codec {

using Type = HyperparameterInfo::Type;

// Scalars. Names() is empty except where words are values.
template <typename T>
struct Scalar {
  static_assert(std::is_arithmetic_v<T>);
  static constexpr Type kType = std::is_same_v<T, bool>       ? Type::kBool
                                : std::is_floating_point_v<T> ? Type::kReal
                                                              : Type::kInteger;
  static absl::Span<const absl::string_view> Names() { return {}; }
  static T From(const nlohmann::json& value) { return value.get<T>(); }
  static nlohmann::json To(const T& value) { return value; }
};

template <typename E, absl::Span<const absl::string_view> (*AllNames)(),
          std::optional<E> (*FromName)(absl::string_view)>
struct EnumScalar {
  static constexpr Type kType = Type::kName;
  static absl::Span<const absl::string_view> Names() { return AllNames(); }
  static E From(const nlohmann::json& value) {
    return *FromName(value.get_ref<const std::string&>());
  }
  static nlohmann::json To(const E& value) { return std::string(Name(value)); }
};

template <>
struct Scalar<PredictorType>
    : EnumScalar<PredictorType, PredictorTypeNames, PredictorTypeFromName> {};
template <>
struct Scalar<LossType>
    : EnumScalar<LossType, LossTypeNames, LossTypeFromName> {};
template <>
struct Scalar<OptimizerType>
    : EnumScalar<OptimizerType, OptimizerTypeNames, OptimizerTypeFromName> {};
template <>
struct Scalar<ScheduleType>
    : EnumScalar<ScheduleType, ScheduleTypeNames, ScheduleTypeFromName> {};
template <>
struct Scalar<InitMethod>
    : EnumScalar<InitMethod, InitMethodNames, InitMethodFromName> {};
template <>
struct Scalar<SelectionCriterion>
    : EnumScalar<SelectionCriterion, SelectionCriterionNames,
                 SelectionCriterionFromName> {};

template <>
struct Scalar<PositiveWeight> {
  static constexpr Type kType = Type::kReal;
  static absl::Span<const absl::string_view> Names() {
    static constexpr absl::string_view kNames[] = {"balanced"};
    return kNames;
  }
  static PositiveWeight From(const nlohmann::json& value) {
    if (value.is_string()) return {1, true};
    return {value.get<double>(), false};
  }
  static nlohmann::json To(const PositiveWeight& weight) {
    if (weight.balanced) return "balanced";
    return weight.value;
  }
};

// Members: a plain value (auto leaves its default), an optional one (auto
// unsets it), or a list (auto empties it).
template <typename T>
struct Member {
  using Element = T;
  static constexpr bool kList = false;
  static void Set(absl::Span<const nlohmann::json> values, T* member) {
    if (!values.empty()) *member = Scalar<T>::From(values[0]);
  }
  static nlohmann::json Get(const T& member) { return Scalar<T>::To(member); }
};

template <typename T>
struct Member<std::optional<T>> {
  using Element = T;
  static constexpr bool kList = false;
  static void Set(absl::Span<const nlohmann::json> values,
                  std::optional<T>* member) {
    member->reset();
    if (!values.empty()) *member = Scalar<T>::From(values[0]);
  }
  static nlohmann::json Get(const std::optional<T>& member) {
    if (!member.has_value()) return "auto";
    return Scalar<T>::To(*member);
  }
};

template <typename T>
struct Member<std::vector<T>> {
  using Element = T;
  static constexpr bool kList = true;
  static void Set(absl::Span<const nlohmann::json> values,
                  std::vector<T>* member) {
    member->clear();
    for (const nlohmann::json& value : values) {
      member->push_back(Scalar<T>::From(value));
    }
  }
  static nlohmann::json Get(const std::vector<T>& member) {
    if (member.empty()) return "auto";
    if (member.size() == 1) return Scalar<T>::To(member[0]);
    nlohmann::json out = nlohmann::json::array();
    for (const T& value : member) out.push_back(Scalar<T>::To(value));
    return out;
  }
};

}  // namespace lineup::hyperparameter_codec

#endif  // LINEUP_COMMON_LINEAR_HYPERPARAMETER_CODEC_H_
