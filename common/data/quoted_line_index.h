// Finds where the records of a CSV file start when quoted fields may contain
// ends of lines: a record ends at an end of line that has an even number of
// quotes before it. That takes a pass over the whole file, for which 64
// characters are looked at together.

#ifndef LINEUP_COMMON_DATA_QUOTED_LINE_INDEX_H_
#define LINEUP_COMMON_DATA_QUOTED_LINE_INDEX_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace lineup {

class QuotedLineIndex {
 public:
  // The first record starts at byte `begin`.
  QuotedLineIndex(uint64_t begin, uint64_t split_bytes);

  // Goes through the next bytes of the file.
  void Add(absl::string_view text);

  // To be asked at the end of the file: whether there are ends of lines inside
  // quotes. If a quote is left open the quotes are not RFC 4180's (a stray one
  // would turn the rest of the file inside out), and every line is a record.
  bool multiline() const { return quoted_newline_ && inside_ == 0; }

  // For a multiline file: `begin`, and the first record that starts at or
  // behind each further multiple of split_bytes from there.
  const std::vector<uint64_t>& starts() const { return starts_; }

 private:
  // `count` characters (64, fewer at the end of a piece) whose quotes and
  // ends of lines are given as bits.
  void AddBlock(uint64_t quotes, uint64_t newlines, size_t count);
  void AddStart(uint64_t start);

  const uint64_t begin_;
  const uint64_t split_bytes_;
  uint64_t offset_;
  // All ones inside of quotes.
  uint64_t inside_ = 0;
  bool quoted_newline_ = false;
  std::vector<uint64_t> starts_;
  // Where the next start is wanted.
  uint64_t target_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_QUOTED_LINE_INDEX_H_
