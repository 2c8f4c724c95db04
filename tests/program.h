// The real `lineup`, run as a user runs it: for tests of the command line and
// of clusters.
//
// The test needs //cli:lineup among its data.

#ifndef LINEUP_TESTS_PROGRAM_H_
#define LINEUP_TESTS_PROGRAM_H_

#include <cstdint>
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

// A command that becomes another one, given behind it, such as {"env", "-C",
// "/"} or {"ip", "netns", "exec", "a"}; may be empty.
using Through = std::vector<std::string>;

// Runs `lineup` to its end, or kills it when `patience` is at its end.
ProgramResult RunLineup(std::vector<std::string> arguments,
                        absl::Duration patience = absl::Seconds(30),
                        const Through& through = {});

// `lineup` running beside the test. It is killed with the object, and when the
// test's thread that started it ends.
//
// Thread safety: one thread at a time.
class BackgroundProgram {
 public:
  // What it writes goes to the file `output`.
  BackgroundProgram(std::vector<std::string> arguments, std::string output,
                    const Through& through = {});
  ~BackgroundProgram() { Kill(); }

  BackgroundProgram(const BackgroundProgram&) = delete;
  BackgroundProgram& operator=(const BackgroundProgram&) = delete;

  // What follows `before` on its line, up to `after`, once that has been
  // written; empty if it is not within `patience`.
  std::string WaitForWord(const std::string& before, const std::string& after,
                          absl::Duration patience = absl::Seconds(30));
  // Waits until it has written `text`. False if it has not when it is over, or
  // after `patience`.
  bool WaitForText(const std::string& text,
                   absl::Duration patience = absl::Seconds(30));
  // kill -9.
  void Kill();
  void Signal(int signal);
  // Its exit status; kCrashed and kHung as in ProgramResult.
  int WaitForExit(absl::Duration patience = absl::Seconds(30));
  bool HasEnded();
  std::string Output() const;
  int process() const { return process_; }

 private:
  const std::string output_;
  int process_ = 0;  // 0: it has ended
  int status_ = 0;   // then
};

// The most memory that a process has had so far; 0 if it is not there.
uint64_t PeakMemoryBytes(int process);

}  // namespace lineup

#endif  // LINEUP_TESTS_PROGRAM_H_
