#include "cli/job_flags.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/byte_size.h"
#include "cli/flag_checks.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"
#include "common/linear/hyperparameter_table.h"

namespace lineup {
namespace {

constexpr char kDataGroup[] = "Data";
constexpr char kOrderGroup[] = "Order of examples and updates";
constexpr char kHyperparameterGroup[] =
    "Hyperparameters (docs/hyperparameters.md; of those marked with *, several "
    "values may be given, separated by commas: one candidate for each)";

void AddDataOptions(CLI::App* command, JobFlags* flags) {
  command
      ->add_option("--train", flags->train,
                   "Training data: files, directories or globs")
      ->required()
      ->group(kDataGroup);
  command
      ->add_option("--validation", flags->validation,
                   "Validation data, by which the best candidate is chosen")
      ->group(kDataGroup);
  command
      ->add_option("--test", flags->test,
                   "Test data, on which the chosen model is measured once")
      ->group(kDataGroup);
  command
      ->add_option("--validation-fraction", flags->validation_fraction,
                   "Hold out this part of the training data for validation")
      ->group(kDataGroup);
  command
      ->add_option("--warm-start", flags->warm_start,
                   "Continue from this model (directory, model.json or "
                   "archive) instead of from scratch")
      ->group(kDataGroup);
}

void AddOrderOptions(CLI::App* command, JobFlags* flags) {
  command
      ->add_option("--shuffle", flags->shuffle,
                   "Order of the examples: seed (random, decided by --seed) "
                   "or none (as in the files)")
      ->check(OneOf({"seed", "none"}))
      ->capture_default_str()
      ->group(kOrderGroup);
  command
      ->add_option("--shuffle-window", flags->shuffle_window,
                   "About how much of the files is mixed at a time")
      ->capture_default_str()
      ->group(kOrderGroup);
  command
      ->add_flag("--drop-last", flags->drop_last,
                 "Leave out the last, partial minibatch of an epoch, as the "
                 "Linear Learner does")
      ->group(kOrderGroup);
  command
      ->add_option("--lanes", flags->lanes,
                   "Streams of minibatches; at staleness 0 an update sees a "
                   "minibatch of each. train: 1; submit: up to 8, as many as "
                   "the data is enough for")
      ->check(CLI::PositiveNumber)
      ->group(kOrderGroup);
  command
      ->add_option("--staleness", flags->staleness,
                   "How many minibatches a lane may run ahead of the slowest: "
                   "0 (synchronous, the same bits every time), a number, or "
                   "unbounded")
      ->group(kOrderGroup);
}

void AddHyperparameterOptions(CLI::App* command, JobFlags* flags) {
  command
      ->add_option("--hyperparameters", flags->hyperparameters_file,
                   "A JSON file of hyperparameters; flags override it")
      ->group(kDataGroup);
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    const std::string flag =
        "--" + absl::StrReplaceAll(info.name, {{"_", "-"}});
    command
        ->add_option_function<std::string>(
            flag,
            [flags, name = info.name](const std::string& value) {
              flags->hyperparameters[name] = value;
            },
            absl::StrCat(info.accepts_list ? "* " : "", info.help, " ",
                         AllowedValues(info),
                         info.default_text.empty()
                             ? ""
                             : absl::StrCat("; default ", info.default_text)))
        ->group(kHyperparameterGroup);
  }
}

absl::StatusOr<Staleness> ParseStaleness(const std::string& text,
                                         Staleness otherwise) {
  if (text.empty()) return otherwise;
  if (text == "unbounded") return kUnboundedStaleness;
  uint32_t value = 0;
  if (!absl::SimpleAtoi(text, &value) || value == kUnboundedStaleness) {
    return absl::InvalidArgumentError(
        absl::StrCat("--staleness: found \"", text,
                     "\", expected a whole number from 0 or unbounded"));
  }
  return value;
}

}  // namespace

void AddJobFlags(CLI::App* command, JobFlags* flags) {
  AddDataOptions(command, flags);
  AddDataFlags(command, &flags->data);
  AddOrderOptions(command, flags);
  AddHyperparameterOptions(command, flags);
}

absl::StatusOr<JobSpec> MakeJobSpec(const JobFlags& flags,
                                    uint32_t default_lanes,
                                    Staleness default_staleness,
                                    std::vector<std::string>* notes) {
  JobSpec spec;
  std::optional<HyperparameterFile> file;
  if (!flags.hyperparameters_file.empty()) {
    LINEUP_ASSIGN_OR_RETURN(std::string contents,
                            ReadFile(flags.hyperparameters_file));
    file = {flags.hyperparameters_file, std::move(contents)};
  }
  std::vector<NamedValue> given;
  for (const auto& [name, value] : flags.hyperparameters) {
    given.push_back({name, value});
  }
  LINEUP_ASSIGN_OR_RETURN(spec.hyperparameters,
                          ParseHyperparameters(given, file, notes));
  spec.train = flags.train;
  spec.validation = flags.validation;
  spec.test = flags.test;
  spec.validation_fraction = flags.validation_fraction;
  LINEUP_ASSIGN_OR_RETURN(spec.data, MakeDataOptions(flags.data));
  spec.warm_start = flags.warm_start;
  spec.shuffle = flags.shuffle != "none";
  LINEUP_ASSIGN_OR_RETURN(
      spec.shuffle_window_bytes,
      ParseByteSize("--shuffle-window", flags.shuffle_window));
  spec.drop_last = flags.drop_last;
  spec.num_lanes = flags.lanes > 0 ? flags.lanes : default_lanes;
  LINEUP_ASSIGN_OR_RETURN(spec.staleness,
                          ParseStaleness(flags.staleness, default_staleness));
  return spec;
}

}  // namespace lineup
