// The real `lineup`, run as a user runs it: for tests of the command line.
//
// The test needs //cli:lineup among its data.

#ifndef LINEUP_TESTS_PROGRAM_H_
#define LINEUP_TESTS_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace lineup {

struct ProgramResult {
  // The exit status; kCrashed if a signal ended it, kHung if the deadline did.
  static constexpr int kCrashed = -1;
  static constexpr int kHung = -2;
  int status = 0;
  std::string out;
  std::string err;
};

// Runs `lineup` to its end, or kills it when `patience` is at its end.
ProgramResult RunLineup(std::vector<std::string> arguments,
                        absl::Duration patience = absl::Seconds(30));

}  // namespace lineup

#endif  // LINEUP_TESTS_PROGRAM_H_
