#include "tests/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// How often a background program is looked at.
constexpr absl::Duration kLook = absl::Milliseconds(2);

// A pipe's end to read from and what came through it.
struct Stream {
  int fd = -1;
  std::string* text = nullptr;
};

// False when the other end is closed.
bool ReadSome(const Stream& stream) {
  char buffer[4096];
  const ssize_t size = read(stream.fd, buffer, sizeof(buffer));
  if (size <= 0) return false;
  stream.text->append(buffer, size);
  return true;
}

// Reads both until they are closed; false if that is not before `deadline`.
bool ReadAll(Stream streams[2], absl::Time deadline) {
  pollfd polls[2] = {{streams[0].fd, POLLIN, 0}, {streams[1].fd, POLLIN, 0}};
  while (polls[0].fd >= 0 || polls[1].fd >= 0) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) return false;
    if (poll(polls, 2, static_cast<int>(left)) <= 0) continue;
    for (int i = 0; i < 2; ++i) {
      if (polls[i].fd >= 0 && polls[i].revents != 0 && !ReadSome(streams[i])) {
        polls[i].fd = -1;  // poll leaves it out
      }
    }
  }
  return true;
}

// `lineup` with the arguments, which must outlive it, as exec() wants it.
std::vector<char*> CommandLine(const Through& through,
                               std::vector<std::string>* arguments) {
  // Whatever directory `through` goes to.
  arguments->insert(arguments->begin(),
                    std::filesystem::absolute("cli/lineup").string());
  arguments->insert(arguments->begin(), through.begin(), through.end());
  std::vector<char*> argv;
  for (std::string& argument : *arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  return argv;
}

int ExitStatus(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : ProgramResult::kCrashed;
}

pid_t Spawn(std::vector<std::string> arguments, const Through& through, int out,
            int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  const std::vector<char*> argv = CommandLine(through, &arguments);
  pid_t process = 0;
  CHECK_EQ(
      posix_spawnp(&process, argv[0], &actions, nullptr, argv.data(), environ),
      0);
  posix_spawn_file_actions_destroy(&actions);
  return process;
}

}  // namespace

ProgramResult RunLineup(std::vector<std::string> arguments,
                        absl::Duration patience, const Through& through) {
  ProgramResult result;
  int out[2], err[2];
  PCHECK(pipe2(out, O_CLOEXEC) == 0);
  PCHECK(pipe2(err, O_CLOEXEC) == 0);
  const pid_t process = Spawn(std::move(arguments), through, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  Stream streams[2] = {{out[0], &result.out}, {err[0], &result.err}};
  const bool ended = ReadAll(streams, absl::Now() + patience);
  if (!ended) kill(process, SIGKILL);
  int status = 0;
  PCHECK(waitpid(process, &status, 0) == process);
  close(out[0]);
  close(err[0]);
  result.status = ended ? ExitStatus(status) : ProgramResult::kHung;
  return result;
}

BackgroundProgram::BackgroundProgram(std::vector<std::string> arguments,
                                     std::string output, const Through& through)
    : output_(std::move(output)) {
  const std::vector<char*> argv = CommandLine(through, &arguments);
  const int file =
      open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  PCHECK(file >= 0) << output_;
  const pid_t parent = getpid();
  process_ = fork();
  PCHECK(process_ >= 0);
  if (process_ == 0) {
    // Only calls that are allowed after a fork of a process with threads.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  close(file);
}

std::string BackgroundProgram::Output() const {
  std::stringstream text;
  text << std::ifstream(output_).rdbuf();
  return text.str();
}

std::string BackgroundProgram::WaitForWord(const std::string& before,
                                           const std::string& after,
                                           absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  for (;;) {
    const std::string text = Output();
    const size_t found = text.find(before);
    if (found != std::string::npos) {
      const size_t begin = found + before.size();
      const size_t end = text.find(after, begin);
      if (end != std::string::npos) return text.substr(begin, end - begin);
    }
    if (absl::Now() >= until) return "";
    absl::SleepFor(kLook);
  }
}

bool BackgroundProgram::HasEnded() {
  int status = 0;
  if (process_ != 0 && waitpid(process_, &status, WNOHANG) == process_) {
    process_ = 0;
    status_ = ExitStatus(status);
  }
  return process_ == 0;
}

bool BackgroundProgram::WaitForText(const std::string& text,
                                    absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  for (;;) {
    const bool last = HasEnded() || absl::Now() >= until;
    if (absl::StrContains(Output(), text)) return true;
    if (last) return false;
    absl::SleepFor(kLook);
  }
}

void BackgroundProgram::Signal(int signal) {
  if (!HasEnded()) kill(process_, signal);
}

void BackgroundProgram::Kill() {
  if (process_ == 0) return;
  kill(process_, SIGKILL);
  PCHECK(waitpid(process_, nullptr, 0) == process_);
  process_ = 0;
  status_ = ProgramResult::kCrashed;
}

int BackgroundProgram::WaitForExit(absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  while (!HasEnded()) {
    if (absl::Now() >= until) {
      Kill();
      return ProgramResult::kHung;
    }
    absl::SleepFor(kLook);
  }
  return status_;
}

uint64_t PeakMemoryBytes(int process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  std::string name;
  for (uint64_t kib = 0; status >> name; status.ignore(1000, '\n')) {
    if (name == "VmHWM:" && status >> kib) return kib << 10;
  }
  return 0;
}

}  // namespace lineup
