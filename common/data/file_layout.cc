#include "common/data/file_layout.h"

namespace lineup {

std::unique_ptr<RecordParser> MakeParser(const FileLayout& layout,
                                         const LabelDomain& label_domain,
                                         const BlockLimits& limits,
                                         uint64_t /*first_record*/,
                                         uint64_t expected_bytes) {
  return std::make_unique<CsvParser>(layout.csv, label_domain, limits,
                                     expected_bytes);
}

}  // namespace lineup
