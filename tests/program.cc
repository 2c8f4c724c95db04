#include "tests/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/time/clock.h"
#include "glog/logging.h"

namespace lineup {
namespace {

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

pid_t Spawn(std::vector<std::string> arguments, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  arguments.insert(arguments.begin(), "cli/lineup");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t process = 0;
  CHECK_EQ(
      posix_spawn(&process, argv[0], &actions, nullptr, argv.data(), environ),
      0);
  posix_spawn_file_actions_destroy(&actions);
  return process;
}

}  // namespace

ProgramResult RunLineup(std::vector<std::string> arguments,
                        absl::Duration patience) {
  ProgramResult result;
  int out[2], err[2];
  PCHECK(pipe2(out, O_CLOEXEC) == 0);
  PCHECK(pipe2(err, O_CLOEXEC) == 0);
  const pid_t process = Spawn(std::move(arguments), out[1], err[1]);
  close(out[1]);
  close(err[1]);
  Stream streams[2] = {{out[0], &result.out}, {err[0], &result.err}};
  const bool ended = ReadAll(streams, absl::Now() + patience);
  if (!ended) kill(process, SIGKILL);
  int status = 0;
  PCHECK(waitpid(process, &status, 0) == process);
  close(out[0]);
  close(err[0]);
  result.status = !ended              ? ProgramResult::kHung
                  : WIFEXITED(status) ? WEXITSTATUS(status)
                                      : ProgramResult::kCrashed;
  return result;
}

}  // namespace lineup
