// The flags that say how input data is to be read, the same for every command
// that reads any, and their translation into DataOptions.

#ifndef LINEUP_CLI_DATA_FLAGS_H_
#define LINEUP_CLI_DATA_FLAGS_H_

#include <cstdint>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "common/data/schema.h"

namespace lineup {

// As written on the command line; empty = not given.
struct DataFlags {
  std::string format = "auto";
  std::string label;
  std::string weight;
  std::string header = "auto";
  std::string delimiter;
  std::string first_id;
  uint64_t max_bad_records = 0;
};

// Declares --format, --label, --weight, --header, --delimiter, --first-id and
// --max-bad-records. `flags` must live until the command has run.
void AddDataFlags(CLI::App* command, DataFlags* flags);

// INVALID_ARGUMENT names the flag, what was found and what is expected.
absl::StatusOr<DataOptions> MakeDataOptions(const DataFlags& flags);

}  // namespace lineup

#endif  // LINEUP_CLI_DATA_FLAGS_H_
