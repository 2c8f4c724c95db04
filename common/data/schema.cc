#include "common/data/schema.h"

#include "absl/strings/str_cat.h"

namespace lineup {

absl::string_view FileFormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kAuto:
      return "auto";
    case FileFormat::kCsv:
      return "csv";
    case FileFormat::kLibsvm:
      return "libsvm";
    case FileFormat::kRecordIo:
      return "recordio-protobuf";
    case FileFormat::kJsonLines:
      return "jsonlines";
  }
  return "unknown";
}

absl::StatusOr<FileFormat> ParseFileFormat(absl::string_view name) {
  for (FileFormat format :
       {FileFormat::kAuto, FileFormat::kCsv, FileFormat::kLibsvm,
        FileFormat::kRecordIo, FileFormat::kJsonLines}) {
    if (name == FileFormatName(format)) return format;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("data format \"", name,
                   "\" is not known; use auto, csv, libsvm, "
                   "recordio-protobuf or jsonlines"));
}

absl::StatusOr<HeaderMode> ParseHeaderMode(absl::string_view name) {
  if (name == "auto") return HeaderMode::kAuto;
  if (name == "yes") return HeaderMode::kYes;
  if (name == "no") return HeaderMode::kNo;
  return absl::InvalidArgumentError(
      absl::StrCat("header \"", name, "\" is not known; use auto, yes or no"));
}

}  // namespace lineup
