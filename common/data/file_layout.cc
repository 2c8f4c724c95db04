#include "common/data/file_layout.h"

#include <algorithm>
#include <utility>

#include "common/data/block_form.h"
#include "common/data/json_lines_parser.h"
#include "common/data/libsvm_parser.h"
#include "common/data/recordio_parser.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// What a value takes in a dense and, at most, in a sparse block.
constexpr uint64_t kDenseValueBytes = 4;
constexpr uint64_t kSparseValueBytes = 8;

// How large blocks may be before they take the other form.
BlockLimits BeforeToLayout(const FileLayout& layout, BlockLimits limits) {
  if (layout.format == FileFormat::kCsv && layout.sparse) {
    limits.max_bytes /= kSparseValueBytes / kDenseValueBytes + 1;
  }
  if (layout.format == FileFormat::kLibsvm && !layout.sparse) {
    // The label, too.
    const uint64_t row = kDenseValueBytes * (uint64_t{layout.num_features} + 1);
    limits.max_examples = std::max<uint64_t>(
        1, std::min<uint64_t>(limits.max_examples, limits.max_bytes / row));
  }
  return limits;
}

std::unique_ptr<RecordParser> MakeCsvParser(const FileLayout& layout,
                                            const BlockLimits& limits,
                                            const ParserOptions& options) {
  CsvLayout csv = *layout.csv;
  csv.dialect.multiline = layout.multiline;
  return std::make_unique<CsvParser>(std::move(csv), options.label_domain,
                                     limits, options.expected_bytes);
}

}  // namespace

std::unique_ptr<RecordParser> MakeParser(const FileLayout& layout,
                                         const ParserOptions& options) {
  const BlockLimits limits = BeforeToLayout(layout, options.limits);
  const TensorLayout tensors = {layout.sparse, layout.num_features,
                                layout.labelled};
  switch (layout.format) {
    case FileFormat::kAuto:
      break;
    case FileFormat::kCsv:
      return MakeCsvParser(layout, limits, options);
    case FileFormat::kLibsvm:
      return std::make_unique<LibsvmParser>(
          LibsvmLayout{layout.first_id, layout.num_features, layout.labelled},
          options.label_domain, limits, options.expected_bytes);
    case FileFormat::kRecordIo:
      return std::make_unique<RecordIoParser>(tensors, options.first_record,
                                              options.label_domain, limits,
                                              options.expected_bytes);
    case FileFormat::kJsonLines:
      return std::make_unique<JsonLinesParser>(tensors, options.label_domain,
                                               limits, options.expected_bytes);
  }
  LOG(FATAL) << "a file without a format";
  return nullptr;
}

Examples ToLayout(const FileLayout& layout, Examples block) {
  if (block.sparse == layout.sparse) return block;
  return layout.sparse ? ToSparse(std::move(block))
                       : ToDense(std::move(block), layout.num_features);
}

}  // namespace lineup
