#include "common/data/libsvm_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/data/number.h"
#include "common/data/parse_errors.h"

namespace lineup {
namespace {

// Room is made in steps of this many features, small enough that the zeros
// written by resize() are still in the nearest cache.
constexpr size_t kGrowth = 4096;

// What an example takes in a block beside its features.
constexpr uint64_t kExampleBytes = sizeof(float) + sizeof(uint64_t);
constexpr uint64_t kFeatureBytes = sizeof(uint32_t) + sizeof(float);

}  // namespace

// The sparse rows of a block, with one row open at the end that is either
// closed or dropped. The block's vectors are longer than their contents
// meanwhile.
class LibsvmParser::Rows {
 public:
  Rows(const LibsvmLayout& layout, Examples* block)
      : layout_(layout), block_(block), width_(block->num_features) {
    block_->sparse = true;
    if (block_->row_starts.empty()) block_->row_starts.push_back(0);
    size_ = block_->row_starts.back();
    UseAll(size_);
  }

  ~Rows() {
    block_->num_features =
        layout_.num_features != 0 ? layout_.num_features : width_;
    block_->feature_ids.resize(block_->row_starts.back());
    block_->values.resize(block_->row_starts.back());
  }

  float label = 0;

  void Add(uint32_t id, float value) {
    if (size_ == capacity_) Grow();
    ids_[size_] = id;
    values_[size_] = value;
    ++size_;
  }

  void Add(const LibsvmRecord& record) {
    label = record.label;
    for (size_t i = 0; i < record.values.size(); ++i) {
      Add(record.feature_ids[i], record.values[i]);
    }
  }

  void Drop() { size_ = block_->row_starts.back(); }

  void Close() {
    const uint64_t start = block_->row_starts.back();
    if (size_ > start) width_ = std::max(width_, ids_[size_ - 1] + 1);
    block_->row_starts.push_back(size_);
    if (layout_.labelled) block_->labels.push_back(label);
  }

  size_t closed() const { return block_->row_starts.size() - 1; }

  // Examples::bytes() if the open row were closed.
  uint64_t bytes() const {
    return (closed() + 1) * kExampleBytes + size_ * kFeatureBytes +
           sizeof(uint64_t);
  }

 private:
  void Grow() {
    const size_t room = block_->values.capacity();
    const size_t wanted = size_ + kGrowth;
    UseAll(room > size_ ? std::min(room, wanted) : wanted);
  }

  void UseAll(size_t size) {
    block_->feature_ids.resize(size);
    block_->values.resize(size);
    ids_ = block_->feature_ids.data();
    values_ = block_->values.data();
    capacity_ = size;
  }

  const LibsvmLayout& layout_;
  Examples* const block_;
  uint32_t width_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  uint32_t* ids_ = nullptr;
  float* values_ = nullptr;
};

LibsvmParser::LibsvmParser(const LibsvmLayout& layout,
                           const LabelDomain& label_domain,
                           const BlockLimits& limits, uint64_t expected_bytes)
    : layout_(layout),
      label_domain_(label_domain),
      limits_(limits),
      expected_bytes_(expected_bytes) {}

void LibsvmParser::Reserve(absl::string_view text, Examples* block) const {
  const absl::string_view head = text.substr(0, 4096);
  const uint64_t expected = std::max<uint64_t>(expected_bytes_, text.size());
  const auto expect = [&](char c) {
    const uint64_t in_head = std::count(head.begin(), head.end(), c) + 1;
    // A little more than the head promises, lest the end needs more room.
    return in_head * expected / std::max<uint64_t>(head.size(), 1) * 17 / 16;
  };
  const uint64_t all_rows = std::max<uint64_t>(expect('\n'), 1);
  const uint64_t rows = std::min({all_rows, uint64_t{limits_.max_examples},
                                  limits_.max_bytes / kExampleBytes});
  const uint64_t features = std::min(expect(':') * rows / all_rows,
                                     limits_.max_bytes / kFeatureBytes);
  block->feature_ids.reserve(features);
  block->values.reserve(features);
  block->row_starts.reserve(rows + 1);
  if (layout_.labelled) block->labels.reserve(rows);
}

bool LibsvmParser::ParsePlainLabel(const char* begin, const char* end,
                                   float* label) const {
  if (begin == end) return false;
  if (!ParseDecimal(begin, end, label) &&
      ParseNumber(absl::string_view(begin, end - begin), label) !=
          NumberKind::kFinite) {
    return false;
  }
  return !layout_.labelled || LabelFits(label_domain_, *label);
}

// Passes over the rest of a line without a look at its blanks.
const char* LibsvmParser::AfterComment(const char* at, Scanner* scanner) {
  const char* const next = static_cast<const char*>(rawmemchr(at, '\n')) + 1;
  scanner->Restart(next);
  return next;
}

const char* LibsvmParser::ParsePlainRow(const char* begin, Scanner* scanner,
                                        Rows* rows) const {
  const int64_t first_id = layout_.first_id;
  const int64_t num_features =
      layout_.num_features != 0 ? layout_.num_features : int64_t{1} << 32;
  int64_t last = -1;
  const char* stop = scanner->Next();
  if (*stop != ':') {
    if (!ParsePlainLabel(begin, stop, &rows->label)) return nullptr;
    begin = stop;
  } else if (layout_.labelled) {
    return nullptr;
  }
  // `stop` ends the token that starts at `begin`, which may be empty.
  for (;;) {
    if (*stop != ':') {
      if (begin != stop) {
        return *begin == '#' ? AfterComment(stop, scanner) : nullptr;
      }
      if (*stop == '\n') return stop + 1;
      if (*stop != ' ' && *stop != '\t' && *stop != '\r') return nullptr;
      begin = stop + 1;
      stop = scanner->Next();
      continue;
    }
    uint32_t id;
    if (!ParseSmallInteger(begin, stop, &id)) return nullptr;
    const int64_t index = id - first_id;
    if (index <= last || index >= num_features) return nullptr;
    last = index;
    begin = stop + 1;
    stop = scanner->Next();
    if (*stop == ':' || begin == stop) return nullptr;
    float value;
    if (!ParseDecimal(begin, stop, &value) &&
        ParseNumber(absl::string_view(begin, stop - begin), &value) !=
            NumberKind::kFinite) {
      return nullptr;
    }
    rows->Add(static_cast<uint32_t>(index), value);
    begin = stop;
    if (*stop == ' ') {  // as nearly always
      begin = stop + 1;
      stop = scanner->Next();
    }
  }
}

LibsvmLine LibsvmParser::ParseAnyRow(absl::string_view line, Rows* rows,
                                     RecordError* error) {
  rows->Drop();
  const LibsvmLine kind =
      ReadLibsvmLine(line, layout_, label_domain_, &record_, error);
  if (kind == LibsvmLine::kExample) rows->Add(record_);
  return kind;
}

ParseResult LibsvmParser::Parse(absl::string_view text, bool at_end,
                                Examples* block) {
  ParseResult result;
  if (block->empty()) Reserve(text, block);
  Rows rows(layout_, block);
  const char* next = text.data();
  const char* const end = next + text.size();
  // The fast path must not run beyond the last whole line.
  const char* const lines_end = next + (text.rfind('\n') + 1);
  const char* const last = at_end ? end : lines_end;
  Scanner scanner(ColonOrBlank(), next);
  while (next < last && rows.closed() < limits_.max_examples && !result.error) {
    LibsvmLine kind = LibsvmLine::kExample;
    const char* after =
        next < lines_end ? ParsePlainRow(next, &scanner, &rows) : nullptr;
    if (after == nullptr) {
      const char* const line_end = std::find(next, end, '\n');
      RecordError error;
      kind =
          ParseAnyRow(absl::string_view(next, line_end - next), &rows, &error);
      if (kind == LibsvmLine::kBad) {
        error.offset += next - text.data();
        result.error = std::move(error);
      }
      after = std::min(line_end + 1, end);
      scanner.Restart(after);
    }
    if (kind == LibsvmLine::kExample) {
      if (rows.closed() > 0 && rows.bytes() > limits_.max_bytes) break;
      rows.Close();
    }
    next = after;
  }
  result.consumed = next - text.data();
  return result;
}

}  // namespace lineup
