#include "common/data/libsvm_record.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/data/number.h"
#include "common/data/parse_errors.h"
#include "common/data/sparse_row.h"

namespace lineup {
namespace {

// The highest id that leaves room for 1 + id in 32 bits.
constexpr uint32_t kMaxIndex = std::numeric_limits<uint32_t>::max() - 1;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool OnlyDigits(absl::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

class LineReader {
 public:
  LineReader(absl::string_view line, const LibsvmLayout& layout,
             const LabelDomain& label_domain, LibsvmRecord* record,
             RecordError* error)
      : line_(line),
        rest_(line.substr(0, line.find('#'))),
        layout_(layout),
        label_domain_(label_domain),
        record_(record),
        error_(error) {}

  LibsvmLine Read() {
    record_->feature_ids.clear();
    record_->values.clear();
    absl::string_view token = NextToken();
    if (token.empty()) return LibsvmLine::kNothing;
    if (!absl::StrContains(token, ':')) {
      if (!TakeLabel(token)) return LibsvmLine::kBad;
      token = NextToken();
    } else if (layout_.labelled) {
      Refuse(token, "label",
             absl::StrCat("found ", Quoted(token),
                          ", expected the label in front of the features; put "
                          "it there"));
      return LibsvmLine::kBad;
    }
    if (absl::StartsWith(token, "qid:")) token = NextToken();
    for (; !token.empty(); token = NextToken()) {
      if (!TakeFeature(token)) return LibsvmLine::kBad;
    }
    return Sort() ? LibsvmLine::kExample : LibsvmLine::kBad;
  }

 private:
  absl::string_view NextToken() {
    size_t start = 0;
    while (start < rest_.size() && IsBlank(rest_[start])) ++start;
    size_t end = start;
    while (end < rest_.size() && !IsBlank(rest_[end])) ++end;
    const absl::string_view token = rest_.substr(start, end - start);
    rest_.remove_prefix(end);
    return token;
  }

  bool TakeLabel(absl::string_view token) {
    const NumberKind kind = ParseNumber(token, &record_->label);
    if (kind != NumberKind::kFinite) {
      return Refuse(token, "label", BadNumber(kind, token));
    }
    if (layout_.labelled && !LabelFits(label_domain_, record_->label)) {
      return Refuse(token, "label", BadLabel(label_domain_, record_->label));
    }
    return true;
  }

  bool TakeFeature(absl::string_view token) {
    const size_t colon = token.find(':');
    if (colon == token.npos) {
      return Refuse(token, "",
                    absl::StrCat("found ", Quoted(token),
                                 ", expected a feature as id:value; write it "
                                 "so, or check --format"));
    }
    const absl::string_view id = token.substr(0, colon);
    const absl::string_view number = token.substr(colon + 1);
    const absl::optional<uint32_t> index = TakeId(id);
    if (!index) return false;
    float value = 0;
    const NumberKind kind = ParseNumber(number, &value);
    if (kind != NumberKind::kFinite) {
      return Refuse(number, absl::StrCat("feature ", id),
                    BadNumber(kind, number));
    }
    record_->feature_ids.push_back(*index);
    record_->values.push_back(value);
    return true;
  }

  absl::optional<uint32_t> TakeId(absl::string_view id) {
    if (!OnlyDigits(id)) {
      Refuse(id, "",
             absl::StrCat("found ", Quoted(id),
                          " as a feature id, expected a whole number, as in "
                          "id:value; number the features"));
      return absl::nullopt;
    }
    uint64_t number = 0;
    const bool in_range = absl::SimpleAtoi(id, &number);
    const uint64_t first = layout_.first_id;
    if (in_range && number < first) {
      Refuse(
          id, "",
          absl::StrCat("found feature id ", id, ", expected ids from ", first,
                       "; if the data counts from 0, say --first-id 0"));
      return absl::nullopt;
    }
    if (layout_.num_features != 0 &&
        (!in_range || number - first >= layout_.num_features)) {
      Refuse(id, "", IdTooLarge(id, layout_.num_features, layout_.first_id));
      return absl::nullopt;
    }
    if (!in_range || number - first > kMaxIndex) {
      Refuse(
          id, "",
          absl::StrCat("found feature id ", id, ", expected ids up to ",
                       first + kMaxIndex, "; renumber or hash the features"));
      return absl::nullopt;
    }
    return static_cast<uint32_t>(number - first);
  }

  bool Sort() {
    const absl::optional<uint32_t> twice = SortSparseRow(
        absl::MakeSpan(record_->feature_ids), absl::MakeSpan(record_->values));
    if (!twice) return true;
    const uint64_t id = uint64_t{*twice} + layout_.first_id;
    return Refuse(SecondToken(id), absl::StrCat("feature ", id),
                  absl::StrCat("found feature id ", id,
                               " twice in the row, expected every id once; add "
                               "the values up or drop one"));
  }

  // The second place where feature `id` stands.
  absl::string_view SecondToken(uint64_t id) {
    rest_ = line_.substr(0, line_.find('#'));
    int seen = 0;
    for (;;) {
      const absl::string_view token = NextToken();
      const size_t colon = token.find(':');
      uint64_t number = 0;
      const bool same =
          colon != token.npos && OnlyDigits(token.substr(0, colon)) &&
          absl::SimpleAtoi(token.substr(0, colon), &number) && number == id;
      if (same && ++seen == 2) return token;
      if (token.empty()) return line_;
    }
  }

  bool Refuse(absl::string_view where, std::string name, std::string message) {
    error_->offset = where.data() - line_.data();
    error_->position = error_->offset + 1;
    error_->name = std::move(name);
    error_->message = std::move(message);
    return false;
  }

  const absl::string_view line_;
  absl::string_view rest_;
  const LibsvmLayout& layout_;
  const LabelDomain& label_domain_;
  LibsvmRecord* const record_;
  RecordError* const error_;
};

}  // namespace

LibsvmLine ReadLibsvmLine(absl::string_view line, const LibsvmLayout& layout,
                          const LabelDomain& label_domain, LibsvmRecord* record,
                          RecordError* error) {
  return LineReader(line, layout, label_domain, record, error).Read();
}

}  // namespace lineup
