#include "common/data/json_record.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/json_reason.h"
#include "common/data/number.h"
#include "common/data/parse_errors.h"
#include "common/data/watched_iterator.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

// Reads numbers as floats, rounded once.
using Json = nlohmann::basic_json<std::map, std::vector, std::string, bool,
                                  int64_t, uint64_t, float>;

// The library's number for the error.
constexpr int kNumberOverflow = 406;

// What a value is there for. An array's elements have the array's role.
enum class Role {
  kRecord,
  kData,
  kFeatures,
  kValues,
  kKeys,
  kShape,
  kLabel,
  kOther
};

const char* Expected(Role role) {
  switch (role) {
    case Role::kRecord:
      return "an object such as {\"features\": [1.5, 2]}";
    case Role::kData:
      return "an object such as {\"features\": {\"values\": [1.5, 2]}}";
    case Role::kFeatures:
      return "an object such as {\"values\": [1.5, 2]}";
    case Role::kValues:
      return "an array of numbers, one for each feature";
    case Role::kKeys:
      return "an array of whole numbers, the features that the values are of";
    case Role::kShape:
      return "an array of one whole number, the number of features";
    case Role::kLabel:
      return "a number";
    case Role::kOther:
      break;
  }
  return "anything";
}

// Receives the parser's events. A member that returns false ends the parsing.
class RecordHandler {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  RecordHandler(absl::string_view text, bool with_label, JsonRecord* record,
                RecordError* error)
      : text_(text),
        with_label_(with_label),
        seen_(text.data()),
        last_end_(text.data()),
        record_(record),
        error_(error) {}

  bool Read() {
    const WatchedIterator begin(text_.data(), &seen_);
    const WatchedIterator end(text_.data() + text_.size(), &seen_);
    if (!Json::sax_parse(begin, end, this)) return false;
    if (has_features_) return true;
    last_end_ = text_.data();
    return Refuse(
        absl::StrCat("found no features, expected ", Expected(Role::kRecord)));
  }

  bool null() {
    return IsElement(Role::kValues)
               ? Refuse(BadNumber(NumberKind::kMissing, "null"))
               : Other("null");
  }
  bool boolean(bool value) { return Other(value ? "true" : "false"); }
  bool string(string_t& value) {
    return IsElement(Role::kValues)
               ? Refuse(BadNumber(NumberKind::kText, value))
               : Other(Quoted(value));
  }
  bool binary(binary_t&) { return Done(); }

  bool number_unsigned(number_unsigned_t value) {
    if (IsElement(Role::kKeys)) return Add(value, &record_->features.keys);
    if (IsElement(Role::kShape)) return Add(value, &record_->features.shape);
    return Number(static_cast<float>(value), absl::StrCat(value));
  }
  bool number_integer(number_integer_t value) {
    return Number(static_cast<float>(value), absl::StrCat(value));
  }
  bool number_float(number_float_t value, const string_t& text) {
    return Number(value, text);
  }

  bool start_object(size_t) {
    const Role role = NextRole();
    if (role == Role::kFeatures) {
      if (!StartFeatures()) return false;
    } else if (role != Role::kRecord && role != Role::kData &&
               role != Role::kOther) {
      return WrongKind("an object");
    }
    open_.push_back({role, false});
    return Done();
  }
  bool start_array(size_t) {
    const Role role = NextRole();
    const bool numbers =
        role == Role::kValues || role == Role::kKeys || role == Role::kShape;
    if ((!numbers && role != Role::kOther) || IsElement(role)) {
      return WrongKind("an array");
    }
    if (role == Role::kValues && open_.back().role == Role::kRecord &&
        !StartFeatures()) {
      return false;
    }
    open_.push_back({role, true});
    return Done();
  }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }

  bool key(string_t& name) {
    pending_ = RoleOf(name);
    if (open_.size() == 1 && name == "instances") {
      return Refuse(
          "found \"instances\", expected one of them a line, as in JSON Lines; "
          "write each instance on a line of its own");
    }
    if (pending_ != Role::kOther && !FirstOfItsName()) {
      return Refuse(absl::StrCat("found the member ", Quoted(name),
                                 " twice, expected it once; drop one"));
    }
    return Done();
  }

  template <typename Exception>
  bool parse_error(size_t position, const std::string& token,
                   const Exception& exception) {
    if (exception.id == kNumberOverflow) {
      return Refuse(BadNumber(NumberKind::kTooLarge, token));
    }
    error_->offset = std::min(position == 0 ? 0 : position - 1, text_.size());
    error_->message =
        absl::StrCat("not valid JSON: ", JsonErrorReason(exception.what()));
    return false;
  }

 private:
  struct Container {
    Role role;
    bool array;
  };

  Role NextRole() const {
    if (open_.empty()) return Role::kRecord;
    return open_.back().array ? open_.back().role : pending_;
  }

  // Whether the next value is an element of the array with `role`.
  bool IsElement(Role role) const {
    return !open_.empty() && open_.back().array && open_.back().role == role &&
           role != Role::kOther;
  }

  Role RoleOf(absl::string_view name) const {
    switch (open_.back().role) {
      case Role::kRecord:
        if (name == "features") return Role::kValues;
        if (name == "data") return Role::kData;
        if (name == "label" && with_label_) return Role::kLabel;
        return Role::kOther;
      case Role::kData:
        return name == "features" ? Role::kFeatures : Role::kOther;
      case Role::kFeatures:
        if (name == "values") return Role::kValues;
        if (name == "keys") return Role::kKeys;
        if (name == "shape") return Role::kShape;
        return Role::kOther;
      default:
        return Role::kOther;
    }
  }

  // Of the member of role pending_, in all objects together: none of them can
  // occur twice in one record.
  bool FirstOfItsName() {
    const uint32_t bit = uint32_t{1} << static_cast<int>(pending_);
    const bool first = (members_ & bit) == 0;
    members_ |= bit;
    return first;
  }

  bool StartFeatures() {
    if (has_features_) {
      return Refuse(
          "found features for the second time, expected them once; drop one");
    }
    has_features_ = true;
    record_->features_offset = Offset();
    return true;
  }

  bool Number(float value, absl::string_view text) {
    if (IsElement(Role::kValues)) {
      record_->features.values.push_back(value);
      return Done();
    }
    if (open_.empty() || NextRole() != Role::kLabel) return Other(text);
    record_->has_label = true;
    record_->label_offset = Offset();
    record_->label.values.push_back(value);
    return Done();
  }

  bool Add(uint64_t number, std::vector<uint64_t>* numbers) {
    numbers->push_back(number);
    return Done();
  }

  // A scalar that has no use.
  bool Other(absl::string_view found) {
    return NextRole() == Role::kOther ? Done() : WrongKind(found);
  }

  bool WrongKind(absl::string_view found) {
    const Role role = NextRole();
    const char* expected = Expected(role);
    if (IsElement(Role::kValues)) expected = "a number";
    if (IsElement(Role::kKeys) || IsElement(Role::kShape)) {
      expected = "a whole number from 0";
    }
    return Refuse(absl::StrCat("found ", found, ", expected ", expected));
  }

  bool Close() {
    open_.pop_back();
    return Done();
  }

  bool Done() {
    last_end_ = seen_;
    return true;
  }

  // Where the value that was reported last starts.
  size_t Offset() const {
    const size_t from = last_end_ - text_.data();
    return std::min(text_.find_first_not_of(" \t\r\n,:", from), text_.size());
  }

  bool Refuse(std::string message) {
    error_->offset = Offset();
    error_->message = std::move(message);
    if (IsElement(Role::kValues)) {
      error_->name = absl::StrCat("feature ", record_->features.values.size());
    } else if (!open_.empty() && NextRole() == Role::kLabel) {
      error_->name = "label";
    }
    return false;
  }

  const absl::string_view text_;
  const bool with_label_;
  // How far the parser has read: to the end of the value that it reports, or
  // one character further.
  const char* seen_;
  // The same for the value before.
  const char* last_end_;
  JsonRecord* const record_;
  RecordError* const error_;
  std::vector<Container> open_;
  // Of the next value of an object.
  Role pending_ = Role::kOther;
  uint32_t members_ = 0;
  bool has_features_ = false;
};

}  // namespace

bool ReadJsonRecord(absl::string_view text, bool with_label, JsonRecord* record,
                    RecordError* error) {
  record->features.Clear();
  record->label.Clear();
  record->has_label = false;
  if (RecordHandler(text, with_label, record, error).Read()) return true;
  error->position = error->offset + 1;
  return false;
}

}  // namespace lineup
