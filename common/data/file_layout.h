// How the records of one file are to be read, whatever its format, and the
// parser that does it.

#ifndef LINEUP_COMMON_DATA_FILE_LAYOUT_H_
#define LINEUP_COMMON_DATA_FILE_LAYOUT_H_

#include <cstdint>
#include <memory>

#include "common/data/csv_parser.h"
#include "common/data/examples.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"

namespace lineup {

struct FileLayout {
  FileFormat format = FileFormat::kCsv;
  // Bytes (after decompression) before the first record: a header.
  uint64_t data_begin = 0;

  // Of the examples that are wanted. num_features is 0 if it is not known
  // (LIBSVM, sparse).
  bool sparse = false;
  uint32_t num_features = 0;
  bool labelled = true;
  bool weighted = false;

  // CSV, with a dialect of its own: whether records may have several lines.
  std::shared_ptr<const CsvLayout> csv;
  bool multiline = false;
  // LIBSVM.
  int first_id = 1;
};

// Where in its file a parser starts, and what it may make.
struct ParserOptions {
  LabelDomain label_domain;
  // Of the blocks after ToLayout().
  BlockLimits limits;
  // Records of the file before those to be parsed.
  uint64_t first_record = 0;
  // About how many bytes of records will come.
  uint64_t expected_bytes = 0;
};

std::unique_ptr<RecordParser> MakeParser(const FileLayout& layout,
                                         const ParserOptions& options);

// Brings a block of that parser to the wanted form: the CSV parser makes dense
// blocks only, and the LIBSVM parser sparse ones.
Examples ToLayout(const FileLayout& layout, Examples block);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_FILE_LAYOUT_H_
