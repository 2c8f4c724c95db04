// What the beginning of a file tells about it, before anything is decided
// about the dataset that it belongs to.

#ifndef LINEUP_COMMON_DATA_FILE_PROBE_H_
#define LINEUP_COMMON_DATA_FILE_PROBE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/data/csv_head.h"
#include "common/data/data_file.h"
#include "common/data/libsvm_head.h"
#include "common/data/schema.h"
#include "common/data/tensor_rows.h"

namespace lineup {

struct FileProbe {
  DataFile file;
  // kAuto: CSV or LIBSVM, as the other files are (format_sniffer.h).
  FileFormat format = FileFormat::kCsv;
  // Bytes (decompressed) before the first record.
  uint64_t data_begin = 0;
  // Of the content, guessed for compressed files; 0 for a pipe.
  uint64_t content_bytes = 0;
  // Records in it, guessed from those looked at; 0 for a pipe.
  double estimated_records = 0;

  // CSV. `quotes`: whether there are any in the records looked at.
  CsvHead csv;
  bool quotes = false;
  // LIBSVM.
  LibsvmHead libsvm;
  // RecordIO and JSON Lines, by the first good record.
  TensorLayout tensors;
};

absl::StatusOr<FileProbe> ProbeFile(const DataFile& file,
                                    const DataOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_FILE_PROBE_H_
