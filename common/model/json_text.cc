#include "common/model/json_text.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/model/number_text.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kWidth = 80;
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();
constexpr size_t kIndent = 2;

// Whether the text stands in JSON as it is.
bool IsPlain(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
}

void AppendText(const std::string& text, std::string* out) {
  if (IsPlain(text)) {
    out->push_back('"');
    out->append(text);
    out->push_back('"');
    return;
  }
  out->append(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

void AppendScalar(const Json& value, std::string* out) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::isfinite(number)) {
      AppendNumber(number, out);
    } else {
      out->append("null");
    }
  } else {
    out->append(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

// Gives up, with false, as soon as `out` is longer than `limit`.
bool AppendCompact(const Json& value, size_t limit, std::string* out) {
  if (!value.is_structured()) {
    AppendScalar(value, out);
    return out->size() <= limit;
  }
  const bool object = value.is_object();
  out->push_back(object ? '{' : '[');
  bool first = true;
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (!first) out->append(", ");
    first = false;
    if (object) {
      AppendText(it.key(), out);
      out->append(": ");
    }
    if (!AppendCompact(*it, limit, out)) return false;
  }
  out->push_back(object ? '}' : ']');
  return out->size() <= limit;
}

bool AllScalars(const Json& array) {
  for (const Json& element : array) {
    if (element.is_structured()) return false;
  }
  return true;
}

void NewLine(size_t indent, std::string* out) {
  out->push_back('\n');
  out->append(indent, ' ');
}

void AppendFilled(const Json& array, size_t indent, std::string* out) {
  size_t line_start = out->size();
  out->push_back('[');
  NewLine(indent + kIndent, out);
  line_start = out->size() - indent - kIndent;
  for (size_t i = 0; i < array.size(); ++i) {
    std::string element;
    AppendScalar(array[i], &element);
    if (i + 1 < array.size()) element.push_back(',');
    const size_t used = out->size() - line_start;
    if (used > indent + kIndent) {
      if (used + 1 + element.size() > kWidth) {
        NewLine(indent + kIndent, out);
        line_start = out->size() - indent - kIndent;
      } else {
        out->push_back(' ');
      }
    }
    out->append(element);
  }
  NewLine(indent, out);
  out->push_back(']');
}

// `column` is how far the current line is already filled.
void AppendReadable(const Json& value, size_t indent, size_t column,
                    std::string* out) {
  std::string compact;
  const size_t room = column + 1 < kWidth ? kWidth - column - 1 : 0;
  if (!value.is_structured() || value.empty()) {
    AppendCompact(value, kNoLimit, out);
    return;
  }
  if (AppendCompact(value, room, &compact)) {
    out->append(compact);
    return;
  }
  if (value.is_array() && AllScalars(value)) {
    AppendFilled(value, indent, out);
    return;
  }
  if (value.is_object()) {
    JsonMembers members(indent, out);
    for (auto it = value.begin(); it != value.end(); ++it) {
      members.Add(it.key(), *it);
    }
    members.End();
    return;
  }
  out->push_back('[');
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (it != value.begin()) out->push_back(',');
    NewLine(indent + kIndent, out);
    AppendReadable(*it, indent + kIndent, indent + kIndent, out);
  }
  NewLine(indent, out);
  out->push_back(']');
}

}  // namespace

std::string ReadableJson(const Json& value) {
  std::string out;
  AppendReadable(value, 0, 0, &out);
  out.push_back('\n');
  return out;
}

JsonMembers::JsonMembers(size_t indent, std::string* out)
    : indent_(indent + kIndent), out_(out) {
  out_->push_back('{');
}

void JsonMembers::Add(const std::string& key, const Json& value) {
  AddKey(key);
  const size_t line_start = out_->rfind('\n') + 1;
  AppendReadable(value, indent_, out_->size() - line_start, out_);
}

void JsonMembers::AddFloat(const std::string& key, float value) {
  AddKey(key);
  if (std::isfinite(value)) {
    AppendShortDouble(value, out_);
  } else {
    out_->append("null");
  }
}

void JsonMembers::AddKey(const std::string& key) {
  if (!first_) out_->push_back(',');
  first_ = false;
  NewLine(indent_, out_);
  AppendText(key, out_);
  out_->append(": ");
}

void JsonMembers::End() {
  NewLine(indent_ - kIndent, out_);
  out_->push_back('}');
}

std::string CompactJson(const Json& value) {
  std::string out;
  AppendCompact(value, kNoLimit, &out);
  return out;
}

}  // namespace lineup
