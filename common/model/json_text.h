// JSON laid out for people: what fits into a line of 80 columns stands on one
// line, long lists of numbers run on over several, all else is one member a
// line. Numbers as in number_text.h; those that are not finite, which JSON does
// not know, are null; text that is not UTF-8 has U+FFFD in its place.

//
// An object that is too large to be held as a value is written member by
// member (JsonMembers).
//
// Thread safety: for one thread at a time.

#ifndef LINEUP_COMMON_MODEL_JSON_TEXT_H_
#define LINEUP_COMMON_MODEL_JSON_TEXT_H_

#include <cstddef>
#include <string>

#include "nlohmann/json.hpp"

namespace lineup {

// Ends with a newline.
std::string ReadableJson(const nlohmann::ordered_json& value);

// On one line, with a blank after each comma and colon.
std::string CompactJson(const nlohmann::ordered_json& value);

// The text of an object, one member a line, as ReadableJson lays out an object
// that does not fit into one line:
//
//   JsonMembers members(0, &text);
//   for (...) members.Add(name, value);
//   members.End();
//
// Between two calls the caller may take away what stands in the text.
class JsonMembers {
 public:
  // The object starts in a line that is indented by so many blanks. The text
  // must outlive this.
  JsonMembers(size_t indent, std::string* out);

  void Add(const std::string& key, const nlohmann::ordered_json& value);
  // ShortDouble(value) (number_text.h).
  void AddFloat(const std::string& key, float value);
  // A member that the caller writes, as an object that starts in a line
  // indented by value_indent().
  void AddKey(const std::string& key);
  size_t value_indent() const { return indent_; }

  void End();

 private:
  const size_t indent_;  // of the members
  std::string* const out_;
  bool first_ = true;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_JSON_TEXT_H_
