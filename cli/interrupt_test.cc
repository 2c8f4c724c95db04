// Ctrl-C, as a user's terminal sends it: the real program in its own process.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/train_command.h"
#include "common/model/model_directory.h"
#include "glog/logging.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(50);

// `lineup` with some arguments, its standard output and error in one pipe.
// It is ended with the object.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments)
      : deadline_(absl::Now() + kPatience) {
    int ends[2];
    PCHECK(pipe2(ends, O_CLOEXEC) == 0);
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    arguments.insert(arguments.begin(), "cli/lineup");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    CHECK_EQ(posix_spawn(&process_, argv[0], &actions, nullptr, argv.data(),
                         environ),
             0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
  }

  ~Program() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    close(output_);
  }

  // Reads until `text` has been written; false at the end of the output or
  // when patience is at its end.
  bool WaitFor(const std::string& text) {
    while (read_.find(text) == std::string::npos) {
      if (!ReadMore()) return false;
    }
    return true;
  }

  void Interrupt() { kill(process_, SIGINT); }

  // Its exit status after reading all it has to say; -1 if it did not exit.
  int Finish() {
    while (ReadMore()) {
    }
    if (absl::Now() >= deadline_) return -1;
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::string& output() const { return read_; }

 private:
  bool ReadMore() {
    const int64_t left = absl::ToInt64Milliseconds(deadline_ - absl::Now());
    pollfd wait = {output_, POLLIN, 0};
    if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) <= 0) return false;
    char buffer[4096];
    const ssize_t size = read(output_, buffer, sizeof(buffer));
    if (size <= 0) return false;
    read_.append(buffer, size);
    return true;
  }

  const absl::Time deadline_;
  pid_t process_ = 0;
  int output_ = -1;
  std::string read_;
};

// More epochs than anybody has time for.
std::vector<std::string> EndlessJob(const std::string& output) {
  return {"train",
          "--train=examples/breast_cancer/train.csv",
          "--validation=examples/breast_cancer/validation.csv",
          "--predictor-type=binary_classifier",
          "--mini-batch-size=50",
          "--epochs=100000000",
          "--early-stopping-patience=100000000",
          "--output=" + output};
}

TEST(InterruptTest, TheBestModelSoFarIsKept) {
  const std::string directory = testing::TempDir() + "/interrupted";
  Program program(EndlessJob(directory));
  ASSERT_TRUE(program.WaitFor("epoch 2/100000000: ")) << program.output();
  program.Interrupt();
  EXPECT_EQ(program.Finish(), 0) << program.output();
  EXPECT_THAT(program.output(),
              HasSubstr("lineup: stopping with the best model so far"));
  EXPECT_THAT(program.output(), HasSubstr("lineup: training was stopped in "));
  const absl::StatusOr<ModelFile> model = ReadModel(directory);
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_TRUE(model->document.has_value());
  EXPECT_THAT(
      model->document->notes,
      Contains(HasSubstr("Training was stopped by the user in epoch ")));
  EXPECT_GT(MetricValue(model->document->validation_metrics,
                        "binary_classification_accuracy"),
            0.9);
}

TEST(InterruptTest, BeforeTheFirstMinibatchThereIsNoModel) {
  TrainOptions options;
  options.job.train = {"examples/breast_cancer/train.csv"};
  options.job.hyperparameters = {{"predictor_type", "binary_classifier"}};
  options.job.output = testing::TempDir() + "/never";
  const std::atomic<bool> stop{true};
  std::ostringstream out, err;
  EXPECT_EQ(RunTrain(options, stop, out, err),
            absl::FailedPreconditionError(
                "stopped before the first minibatch was learnt from: there is "
                "no model yet"));
  EXPECT_FALSE(ReadModel(options.job.output).ok());
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace lineup
