// How the records of one file are to be read, whatever its format, and the
// parser that does it.

#ifndef LINEUP_COMMON_DATA_FILE_LAYOUT_H_
#define LINEUP_COMMON_DATA_FILE_LAYOUT_H_

#include <cstdint>
#include <memory>

#include "common/data/csv_parser.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"

namespace lineup {

struct FileLayout {
  FileFormat format = FileFormat::kCsv;
  // Bytes (after decompression) before the first record: a header.
  uint64_t data_begin = 0;
  // For the format it is, the others are not looked at.
  CsvLayout csv;
};

// `first_record`: records of the file before the ones to be parsed.
// `expected_bytes`: about how many bytes of records will come.
std::unique_ptr<RecordParser> MakeParser(const FileLayout& layout,
                                         const LabelDomain& label_domain,
                                         const BlockLimits& limits,
                                         uint64_t first_record,
                                         uint64_t expected_bytes);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_FILE_LAYOUT_H_
