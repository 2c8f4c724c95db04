#include "cli/data_flags.h"

#include "absl/strings/str_cat.h"
#include "cli/flag_checks.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

constexpr char kFormat[] = "--format";
constexpr char kHeader[] = "--header";
constexpr char kDelimiter[] = "--delimiter";
constexpr char kFirstId[] = "--first-id";

absl::Status FlagError(absl::string_view flag, absl::string_view error) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", error));
}

// The character that a --delimiter means; 0 if none.
char DelimiterOf(const std::string& text) {
  if (text.size() == 1) return text[0];
  if (text == "comma") return ',';
  if (text == "semicolon") return ';';
  if (text == "tab" || text == "\\t") return '\t';
  if (text == "bar") return '|';
  if (text == "space") return ' ';
  return 0;
}

}  // namespace

void AddDataFlags(CLI::App* command, DataFlags* flags) {
  command
      ->add_option(kFormat + std::string(",--input-format"), flags->format,
                   "Format of the input: auto, csv, libsvm, "
                   "recordio-protobuf or jsonlines")
      ->capture_default_str();
  command->add_option("--label", flags->label,
                      "CSV: the label's column, by name or number from 0 "
                      "(negative: from the end), or none; the first, if not "
                      "given");
  command->add_option("--weight", flags->weight,
                      "CSV: the column of example weights, likewise");
  command
      ->add_option(kHeader, flags->header,
                   "CSV: whether files start with a line of names: auto, yes "
                   "or no")
      ->capture_default_str();
  command->add_option(kDelimiter, flags->delimiter,
                      "CSV: one character, or comma, semicolon, tab, bar or "
                      "space; found out, if not given");
  command->add_option(kFirstId, flags->first_id,
                      "LIBSVM: what the first feature is called, 0 or 1; "
                      "found out, if not given");
  command
      ->add_option("--max-bad-records", flags->max_bad_records,
                   "Skip up to so many records that cannot be read")
      ->check(WholeNumber(0, UINT64_MAX))
      ->capture_default_str();
}

absl::StatusOr<DataOptions> MakeDataOptions(const DataFlags& flags) {
  DataOptions options;
  const auto format = ParseFileFormat(flags.format);
  if (!format.ok()) return FlagError(kFormat, format.status().message());
  const auto header = ParseHeaderMode(flags.header);
  if (!header.ok()) return FlagError(kHeader, header.status().message());
  options.format = *format;
  options.header = *header;
  options.label = flags.label;
  options.weight = flags.weight;
  options.max_bad_records = flags.max_bad_records;
  if (!flags.delimiter.empty()) {
    options.delimiter = DelimiterOf(flags.delimiter);
    if (options.delimiter == 0) {
      return FlagError(
          kDelimiter,
          absl::StrCat("found \"", flags.delimiter,
                       "\", expected one character or one of comma, "
                       "semicolon, tab, bar, space"));
    }
  }
  if (flags.first_id == "0" || flags.first_id == "1") {
    options.first_id = flags.first_id == "1" ? 1 : 0;
  } else if (!flags.first_id.empty()) {
    return FlagError(kFirstId, absl::StrCat("found \"", flags.first_id,
                                            "\", expected 0 or 1"));
  }
  return options;
}

}  // namespace lineup
