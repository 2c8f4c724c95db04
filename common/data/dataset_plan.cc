#include "common/data/dataset_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/csv_columns.h"
#include "common/data/csv_roles.h"
#include "common/data/csv_schema.h"
#include "common/data/file_probe.h"
#include "common/data/input_files.h"
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

// Makes sure that all files have one format, and settles it for those that
// leave it open.
absl::Status SettleFormat(FileFormat otherwise,
                          std::vector<FileProbe>* probes) {
  const auto known = std::find_if(
      probes->begin(), probes->end(),
      [](const FileProbe& probe) { return probe.format != FileFormat::kAuto; });
  const FileFormat format = known != probes->end() ? known->format : otherwise;
  for (FileProbe& probe : *probes) {
    if (probe.format == FileFormat::kAuto) probe.format = format;
    if (probe.format == FileFormat::kCsv) {
      probe.data_begin = probe.csv.data_begin;
    }
    if (probe.format == format) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        probe.file.name(), ": the file looks like ",
        FileFormatName(probe.format), ", but ", known->file.name(),
        " looks like ", FileFormatName(format),
        "; keep files of different formats apart, or say which it is with "
        "--format"));
  }
  return absl::OkStatus();
}

// What the first feature of LIBSVM files is called, as far as they show it.
int FirstIdOf(const std::vector<FileProbe>& probes) {
  return std::any_of(
             probes.begin(), probes.end(),
             [](const FileProbe& probe) { return probe.libsvm.lowest_id == 0; })
             ? 0
             : 1;
}

absl::Status CheckFeatureDim(const FileProbe& probe, uint32_t found,
                             const absl::optional<uint32_t>& feature_dim) {
  if (!feature_dim.has_value() || found == *feature_dim) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      probe.file.name(), ": found ", found,
      found == 1 ? " feature" : " features", ", expected ", *feature_dim,
      " (feature_dim); correct --feature_dim, or "
      "leave it out to have it found"));
}

// The schema that the files show. All have one format.
absl::StatusOr<Schema> FindSchema(const std::vector<FileProbe>& probes,
                                  const DataOptions& options) {
  const FileProbe* probe = &probes.front();
  Schema schema;
  if (probe->format == FileFormat::kCsv) {
    // Names, if any file has them.
    for (const FileProbe& other : probes) {
      if (probe->csv.has_header) break;
      if (other.csv.has_header) probe = &other;
    }
    LINEUP_ASSIGN_OR_RETURN(schema,
                            CsvSchema(probe->file.name(), probe->csv, options));
  } else {
    schema.format = probe->format;
    schema.labelled = options.labelled && options.label != kNoColumn;
    if (probe->format == FileFormat::kLibsvm) {
      schema.sparse = true;
      schema.first_id = options.first_id.value_or(FirstIdOf(probes));
      schema.num_features = options.feature_dim.value_or(0);
      return schema;
    }
    schema.sparse = probe->tensors.sparse;
    schema.num_features = probe->tensors.num_features;
  }
  LINEUP_RETURN_IF_ERROR(
      CheckFeatureDim(*probe, schema.num_features, options.feature_dim));
  return schema;
}

// Makes the plan for files that were looked at, of a given schema.
class Planner {
 public:
  Planner(const Schema& schema, std::vector<FileProbe> probes,
          const DataOptions& options)
      : probes_(std::move(probes)), options_(options) {
    plan_.schema = schema;
    plan_.label_domain = options.label_domain;
    first_id_ = options.first_id.value_or(schema.format == FileFormat::kLibsvm
                                              ? schema.first_id
                                              : FirstIdOf(probes_));
  }

  absl::StatusOr<DatasetPlan> Plan() {
    for (const FileProbe& probe : probes_) {
      LINEUP_ASSIGN_OR_RETURN(FileLayout layout, LayoutOf(probe));
      LINEUP_RETURN_IF_ERROR(CheckAlike(probe, layout));
      LINEUP_ASSIGN_OR_RETURN(
          const std::vector<Split> splits,
          PlanSplits(probe, plan_.files.size(), options_.split_bytes, &layout));
      plan_.splits.insert(plan_.splits.end(), splits.begin(), splits.end());
      plan_.paths.push_back(probe.file.path());
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
  absl::StatusOr<FileLayout> LayoutOf(const FileProbe& probe) const {
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
            layout.csv,
            CsvLayoutLike(schema, probe.file.name(), probe.csv, options_));
        layout.labelled = layout.csv.labelled;
        layout.weighted = layout.csv.weighted;
        layout.num_features = layout.csv.num_features;
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
  int first_id_;
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
