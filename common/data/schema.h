// What the user says about input data (DataOptions) and what was found in it
// (Schema). Plain values.

#ifndef LINEUP_COMMON_DATA_SCHEMA_H_
#define LINEUP_COMMON_DATA_SCHEMA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace lineup {

enum class FileFormat { kAuto, kCsv, kLibsvm, kRecordIo, kJsonLines };

// "csv", "libsvm", "recordio-protobuf", "jsonlines", "auto".
absl::string_view FileFormatName(FileFormat format);

// The inverse; a wrong name is answered with the valid ones.
absl::StatusOr<FileFormat> ParseFileFormat(absl::string_view name);

enum class HeaderMode { kAuto, kYes, kNo };

// "auto", "yes", "no".
absl::StatusOr<HeaderMode> ParseHeaderMode(absl::string_view name);

// Which labels are acceptable; a label outside is a bad record, reported with
// its file and line like any other.
struct LabelDomain {
  enum Kind {
    kAny,     // any finite number: regression
    kBinary,  // 0 and 1, or -1 and +1
    kClasses  // 0, 1 ... num_classes - 1
  };
  Kind kind = kAny;
  uint32_t num_classes = 0;  // kClasses only
};

constexpr uint64_t kMinSplitBytes = 32 << 10;

struct DataOptions {
  FileFormat format = FileFormat::kAuto;

  // CSV: the column of the label, by name or 0-based index (negative: from
  // the end). "" = the first, "none" = there is no label.
  std::string label;
  // CSV: the column of the example weights, likewise; "" = all weights are 1.
  std::string weight;
  // CSV: whether files start with a line of names.
  HeaderMode header = HeaderMode::kAuto;
  // CSV: 0 = found out among comma, tab, semicolon and bar.
  char delimiter = 0;

  // LIBSVM: what the first feature is called, 0 or 1; unset = found out.
  absl::optional<int> first_id;

  // Number of features; unset = found out. Data that disagrees is refused.
  absl::optional<uint32_t> feature_dim;

  // False: the data may come without labels (prediction).
  bool labelled = true;
  LabelDomain label_domain;

  // For whoever creates the BadRecords of a job.
  uint64_t max_bad_records = 0;

  // Uncompressed files are cut into splits of about this size, or smaller (but
  // not below kMinSplitBytes), so that together they have min_splits.
  uint64_t split_bytes = uint64_t{16} << 20;
  uint64_t min_splits = 32;
};

// The shape of a dataset: enough to open more data of the same kind and to
// give the features their names.
struct Schema {
  FileFormat format = FileFormat::kCsv;
  bool sparse = false;
  // 0 = not known before a first pass (LIBSVM without feature_dim).
  uint32_t num_features = 0;
  // Empty, or num_features names (CSV with a header).
  std::vector<std::string> feature_names;
  bool labelled = true;
  bool weighted = false;
  // CSV: the names of those columns, empty without a header; and their
  // positions in the file, -1 = there is none.
  std::string label_name;
  std::string weight_name;
  int label_column = -1;
  int weight_column = -1;
  char delimiter = ',';
  // LIBSVM: 0 or 1.
  int first_id = 1;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_SCHEMA_H_
