#include "common/model/json_text.h"

#include <cmath>
#include <limits>

#include "common/model/number_text.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kWidth = 80;
constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();
constexpr size_t kIndent = 2;

void AppendText(const std::string& text, std::string* out) {
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
  const bool object = value.is_object();
  out->push_back(object ? '{' : '[');
  bool first = true;
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (!first) out->push_back(',');
    first = false;
    NewLine(indent + kIndent, out);
    std::string key;
    if (object) {
      AppendText(it.key(), &key);
      key.append(": ");
      out->append(key);
    }
    AppendReadable(*it, indent + kIndent, indent + kIndent + key.size(), out);
  }
  NewLine(indent, out);
  out->push_back(object ? '}' : ']');
}

}  // namespace

std::string ReadableJson(const Json& value) {
  std::string out;
  AppendReadable(value, 0, 0, &out);
  out.push_back('\n');
  return out;
}

std::string CompactJson(const Json& value) {
  std::string out;
  AppendCompact(value, kNoLimit, &out);
  return out;
}

}  // namespace lineup
