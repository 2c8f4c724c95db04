#include "common/data/dataset_plan.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/csv_columns.h"
#include "common/data/csv_roles.h"
#include "common/data/file_probe.h"
#include "common/data/input_files.h"
#include "common/data/schema_finder.h"
#include "common/data/split_planner.h"

namespace lineup {
namespace {

absl::StatusOr<std::vector<FileProbe>> ProbeAll(
    absl::Span<const std::string> paths, const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<InputFile> inputs,
                          ListInputFiles(paths));
  std::vector<FileProbe> probes;
  for (const InputFile& input : inputs) {
    LINEUP_ASSIGN_OR_RETURN(const DataFile file, DataFile::Open(input));
    LINEUP_ASSIGN_OR_RETURN(FileProbe probe, ProbeFile(file, options));
    probes.push_back(std::move(probe));
  }
  return probes;
}

uint64_t SplitBytes(absl::Span<const FileProbe> probes,
                    const DataOptions& options) {
  uint64_t bytes = 0;  // that can be cut
  for (const FileProbe& probe : probes) {
    if (probe.file.seekable()) bytes += probe.file.bytes();
  }
  const uint64_t even = bytes / std::max<uint64_t>(options.min_splits, 1);
  return std::min(options.split_bytes, std::max(even, kMinSplitBytes));
}

// Makes the plan for files that were looked at, of a given schema.
class Planner {
 public:
  Planner(const Schema& schema, std::vector<FileProbe> probes,
          const DataOptions& options)
      : probes_(std::move(probes)),
        options_(options),
        split_bytes_(SplitBytes(probes_, options)) {
    plan_.schema = schema;
    plan_.label_domain = options.label_domain;
    first_id_ = options.first_id.value_or(schema.format == FileFormat::kLibsvm
                                              ? schema.first_id
                                              : FindFirstId(probes_));
  }

  absl::StatusOr<DatasetPlan> Plan() {
    for (const FileProbe& probe : probes_) {
      LINEUP_ASSIGN_OR_RETURN(FileLayout layout, LayoutOf(probe));
      LINEUP_RETURN_IF_ERROR(CheckAlike(probe, layout));
      LINEUP_ASSIGN_OR_RETURN(
          const std::vector<Split> splits,
          PlanSplits(probe, plan_.files.size(), split_bytes_, &layout));
      plan_.splits.insert(plan_.splits.end(), splits.begin(), splits.end());
      plan_.estimated_examples += probe.estimated_records;
      plan_.paths.push_back(probe.file.input().path);
      plan_.files.push_back(probe.file);
      plan_.layouts.push_back(std::move(layout));
    }
    if (plan_.splits.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          probes_.front().file.name(),
          ": found a line of names and no records behind it",
          probes_.size() > 1 ? ", nor in the other files" : "",
          ", expected data; if the line is a record, say --header no"));
    }
    plan_.schema.labelled = plan_.layouts.front().labelled;
    plan_.schema.weighted = plan_.layouts.front().weighted;
    return std::move(plan_);
  }

 private:
  absl::StatusOr<FileLayout> LayoutOf(const FileProbe& probe) {
    const Schema& schema = plan_.schema;
    FileLayout layout;
    layout.format = probe.format;
    layout.data_begin = probe.data_begin;
    layout.sparse = schema.sparse;
    layout.num_features = schema.num_features;
    layout.labelled = options_.labelled && options_.label != kNoColumn;
    switch (probe.format) {
      case FileFormat::kAuto:
        break;
      case FileFormat::kCsv: {
        LINEUP_ASSIGN_OR_RETURN(
            CsvLayout csv,
            CsvLayoutLike(schema, probe.file.name(), probe.csv, options_));
        layout.labelled = csv.labelled;
        layout.weighted = csv.weighted;
        layout.num_features = csv.num_features;
        layout.csv = Shared(std::move(csv));
        break;
      }
      case FileFormat::kLibsvm:
        layout.first_id = first_id_;
        break;
      case FileFormat::kRecordIo:
      case FileFormat::kJsonLines:
        LINEUP_RETURN_IF_ERROR(CheckWidth(probe));
        layout.num_features = probe.tensors.num_features;
        break;
    }
    return layout;
  }

  // Files mostly have the same columns. Thousands of files with thousands of
  // columns should keep them only once.
  std::shared_ptr<const CsvLayout> Shared(CsvLayout csv) {
    if (last_csv_ == nullptr || !SameColumns(*last_csv_, csv)) {
      last_csv_ = std::make_shared<const CsvLayout>(std::move(csv));
    }
    return last_csv_;
  }

  static bool SameColumns(const CsvLayout& a, const CsvLayout& b) {
    return a.dialect.delimiter == b.dialect.delimiter &&
           a.targets == b.targets && a.names == b.names;
  }

  absl::Status CheckWidth(const FileProbe& probe) const {
    const uint32_t found = probe.tensors.num_features;
    const uint32_t expected = plan_.schema.num_features;
    if (expected == 0 || found == expected) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        probe.file.name(), ": found ", found,
        found == 1 ? " feature" : " features",
        " in the first record, expected ", expected,
        " as the first file or the model has; check that these are the right "
        "files"));
  }

  absl::Status CheckAlike(const FileProbe& probe,
                          const FileLayout& layout) const {
    if (plan_.layouts.empty()) return absl::OkStatus();
    const FileLayout& first = plan_.layouts.front();
    const bool labels = layout.labelled != first.labelled;
    if (!labels && layout.weighted == first.weighted) return absl::OkStatus();
    const bool has = labels ? layout.labelled : layout.weighted;
    const absl::string_view what = labels ? "labels" : "weights";
    return absl::InvalidArgumentError(
        absl::StrCat(probe.file.name(), ": the file has ", has ? "" : "no ",
                     what, ", but ", plan_.files.front().name(), " has ",
                     has ? "none" : "them", "; read such files apart"));
  }

  const std::vector<FileProbe> probes_;
  const DataOptions& options_;
  const uint64_t split_bytes_;
  int first_id_;
  std::shared_ptr<const CsvLayout> last_csv_;
  DatasetPlan plan_;
};

}  // namespace

absl::StatusOr<DatasetPlan> PlanDataset(absl::Span<const std::string> paths,
                                        const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(std::vector<FileProbe> probes,
                          ProbeAll(paths, options));
  LINEUP_RETURN_IF_ERROR(SettleFormat(FileFormat::kCsv, &probes));
  LINEUP_ASSIGN_OR_RETURN(const Schema schema, FindSchema(probes, options));
  // From here on the columns are what the schema says.
  DataOptions like = options;
  like.label = schema.labelled ? "" : kNoColumn;
  like.weight = "";
  return Planner(schema, std::move(probes), like).Plan();
}

absl::StatusOr<DatasetPlan> PlanDatasetLike(const Schema& schema,
                                            absl::Span<const std::string> paths,
                                            const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(std::vector<FileProbe> probes,
                          ProbeAll(paths, options));
  LINEUP_RETURN_IF_ERROR(SettleFormat(schema.format, &probes));
  Schema complete = schema;
  if (complete.num_features == 0) {
    complete.num_features = options.feature_dim.value_or(0);
  }
  LINEUP_RETURN_IF_ERROR(CheckFeatureDim(probes.front(), complete.num_features,
                                         options.feature_dim));
  return Planner(complete, std::move(probes), options).Plan();
}

}  // namespace lineup
