// The flags that describe a training job, the same for `lineup train` and
// `lineup submit`: data, hyperparameters by their own names, and how examples
// are ordered and shared out.

#ifndef LINEUP_CLI_JOB_FLAGS_H_
#define LINEUP_CLI_JOB_FLAGS_H_

#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "cli/data_flags.h"
#include "common/job/job_spec.h"

namespace lineup {

// As written on the command line; empty = not given.
struct JobFlags {
  std::vector<std::string> train;
  std::vector<std::string> validation;
  std::vector<std::string> test;
  double validation_fraction = 0;
  DataFlags data;
  std::string warm_start;
  std::string output;

  std::string hyperparameters_file;
  std::map<std::string, std::string> hyperparameters;  // by name

  std::string shuffle = "seed";
  std::string shuffle_window = "512MiB";
  bool drop_last = false;
  uint32_t lanes = 0;  // 0: the command's default
  std::string staleness;
};

// Declares the flags. `flags` must live until the command has run.
void AddJobFlags(CLI::App* command, JobFlags* flags);

// INVALID_ARGUMENT names the flag, what was found and what is expected. What
// is accepted but has no effect is told in `notes`.
absl::StatusOr<JobSpec> MakeJobSpec(const JobFlags& flags,
                                    uint32_t default_lanes,
                                    Staleness default_staleness,
                                    std::vector<std::string>* notes);

}  // namespace lineup

#endif  // LINEUP_CLI_JOB_FLAGS_H_
