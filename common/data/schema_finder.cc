#include "common/data/schema_finder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/csv_roles.h"
#include "common/data/csv_schema.h"

namespace lineup {
namespace {

absl::StatusOr<Schema> FindCsvSchema(const std::vector<FileProbe>& probes,
                                     const DataOptions& options) {
  // The first file with names, if any has them.
  auto probe =
      std::find_if(probes.begin(), probes.end(),
                   [](const FileProbe& probe) { return probe.csv.has_header; });
  if (probe == probes.end()) probe = probes.begin();
  LINEUP_ASSIGN_OR_RETURN(Schema schema,
                          CsvSchema(probe->file.name(), probe->csv, options));
  LINEUP_RETURN_IF_ERROR(
      CheckFeatureDim(*probe, schema.num_features, options.feature_dim));
  return schema;
}

// Only CSV has columns to choose from.
absl::Status CheckNoColumn(absl::string_view flag, const std::string& column,
                           const FileProbe& probe) {
  if (column.empty() || column == kNoColumn) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      flag, " ", column, ": ", probe.file.name(), " looks like ",
      FileFormatName(probe.format),
      ", which has no such columns; leave the flag out, or say --format csv"));
}

}  // namespace

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

int FindFirstId(const std::vector<FileProbe>& probes) {
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

absl::StatusOr<Schema> FindSchema(const std::vector<FileProbe>& probes,
                                  const DataOptions& options) {
  const FileProbe& probe = probes.front();
  if (probe.format == FileFormat::kCsv) return FindCsvSchema(probes, options);
  LINEUP_RETURN_IF_ERROR(CheckNoColumn("--label", options.label, probe));
  LINEUP_RETURN_IF_ERROR(CheckNoColumn("--weight", options.weight, probe));
  Schema schema;
  schema.format = probe.format;
  schema.labelled = options.labelled && options.label != kNoColumn;
  if (probe.format == FileFormat::kLibsvm) {
    schema.sparse = true;
    schema.first_id = options.first_id.value_or(FindFirstId(probes));
    schema.num_features = options.feature_dim.value_or(0);
    return schema;
  }
  schema.sparse = probe.tensors.sparse;
  schema.num_features = probe.tensors.num_features;
  LINEUP_RETURN_IF_ERROR(
      CheckFeatureDim(probe, schema.num_features, options.feature_dim));
  return schema;
}

}  // namespace lineup
