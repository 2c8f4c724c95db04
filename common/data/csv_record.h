// Cuts one record of RFC 4180 text into fields, without regard to what they
// mean: used for the header and for records that the fast path of the parser
// does not understand.
//
// A quote is special only as the first character of a field (after blanks);
// a field with a quote anywhere else is refused. Lines end in LF or CRLF.

#ifndef LINEUP_COMMON_DATA_CSV_RECORD_H_
#define LINEUP_COMMON_DATA_CSV_RECORD_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace lineup {

struct CsvDialect {
  char delimiter = ',';
  // Quoted fields may contain ends of lines. Then a record ends at the first
  // end of line behind an even number of quotes; otherwise at the first one.
  bool multiline = false;
};

struct CsvField {
  // Without quotes and the blanks around; refers to the text.
  absl::string_view text;
  bool quoted = false;
  // Whether `text` has doubled quotes that stand for one.
  bool escaped = false;

  std::string Unescaped() const;
};

struct CsvRecord {
  // Bytes up to and including the end of the line, also of a bad record.
  size_t size = 0;
  std::vector<CsvField> fields;
  // Empty if the record is well-formed. Otherwise what is wrong with the
  // field that would have been next, and where it starts.
  std::string error;
  size_t error_offset = 0;
};

enum class CutResult { kRecord, kBad, kIncomplete };

// Cuts the record at the start of `text` into `record`, whose memory is used
// again. kIncomplete: its end is not in the text; not possible if `at_end`.
CutResult CutCsvRecord(absl::string_view text, const CsvDialect& dialect,
                       bool at_end, CsvRecord* record);

// The size of the record at the start of `text` by the rule of the dialect,
// well-formed or not, its end of line included; npos if its end is not there.
size_t CsvRecordSize(absl::string_view text, const CsvDialect& dialect);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_CSV_RECORD_H_
