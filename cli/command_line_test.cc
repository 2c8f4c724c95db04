#include "cli/command_line.h"

#include <iostream>
#include <memory>

#include "cli/flag_checks.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

struct Outcome {
  int exit_status;
  std::string out;
  std::string err;
};

// A command line with the subcommands "train" and "inspect", whose work is to
// print what it was given.
Outcome Lineup(const std::vector<std::string>& arguments) {
  CLI::App app("A program.", "lineup");
  CommandRunner run;
  auto rate = std::make_shared<std::string>();
  auto top = std::make_shared<uint64_t>(3);
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* train = app.add_subcommand("train", "Trains");
  train->add_option("--learning-rate", *rate, "The rate")->required();
  train->add_option("--train", *files, "Files");
  train->callback([&run, rate, files] {
    run = [rate, files] {
      if (*rate == "bad") return absl::InternalError("it went wrong");
      std::cout << *rate;
      for (const std::string& file : *files) std::cout << " " << file;
      return absl::OkStatus();
    };
  });
  CLI::App* inspect = app.add_subcommand("inspect", "Inspects");
  inspect->add_option("--top", *top, "How many")->check(WholeNumber(0, 9));
  inspect->callback([&run] { run = [] { return absl::OkStatus(); }; });
  app.require_subcommand(1);

  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit_status = RunCommandLine(app, &run, arguments);
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.err = ::testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(CommandLineTest, RunsTheNamedCommand) {
  const Outcome outcome =
      Lineup({"train", "--learning-rate", "0.1", "--train", "a_b", "c"});
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.out, "0.1 a_b c");
  EXPECT_EQ(outcome.err, "");
}

TEST(CommandLineTest, UnderscoresAndDashesAreAlike) {
  EXPECT_EQ(Lineup({"train", "--learning_rate=1_0"}).out, "1_0");
  EXPECT_EQ(Lineup({"train", "--learning_rate", "5"}).out, "5");
}

TEST(CommandLineTest, HelpGoesToStandardOutput) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"train", "--help"}}) {
    const Outcome outcome = Lineup(arguments);
    EXPECT_EQ(outcome.exit_status, 0);
    EXPECT_NE(outcome.out.find("Usage: lineup"), std::string::npos);
    EXPECT_EQ(outcome.err, "");
  }
}

TEST(CommandLineTest, AFailedCommandSaysWhy) {
  const Outcome outcome = Lineup({"train", "--learning-rate", "bad"});
  EXPECT_EQ(outcome.exit_status, kExitFailed);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "lineup: error: it went wrong\n");
}

TEST(CommandLineTest, WrongCommandLinesAreExplained) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{},
       "no command given, expected one of train, inspect; see lineup "
       "--help"},
      {{"trian"},
       "unknown command \"trian\", expected one of train, inspect; "
       "did you mean \"train\"?"},
      {{"zzz"}, "unknown command \"zzz\", expected one of train, inspect"},
      {{"inspect", "--tpo", "3"},
       "unknown flag --tpo; did you mean \"--top\"?"},
      {{"inspect", "--tpo=3"}, "unknown flag --tpo; did you mean \"--top\"?"},
      {{"train", "--learning_rat", "3", "--learning_rate", "2"},
       "unknown flag --learning-rat; did you mean \"--learning-rate\"?"},
      {{"train", "--learning-rat", "3"},
       "unknown flag --learning-rat; did you mean \"--learning-rate\"?"},
      {{"train", "extra"},
       "--learning-rate is required; see lineup train --help"},
      {{"inspect", "--qqqqqq"},
       "unknown flag --qqqqqq; see lineup inspect --help"},
      {{"inspect", "extra"},
       "unexpected argument \"extra\"; see lineup inspect --help"},
      {{"inspect", "--top", "ten"},
       "--top: found \"ten\", expected a whole number from 0 to 9; see lineup "
       "inspect --help"},
      {{"inspect", "--top"},
       "--top: 1 required UINT missing; see lineup inspect --help"},
      {{"train"}, "--learning-rate is required; see lineup train --help"},
      {{"--tpo", "3"}, "A subcommand is required; see lineup --help"},
  };
  for (const auto& [arguments, error] : cases) {
    const Outcome outcome = Lineup(arguments);
    EXPECT_EQ(outcome.exit_status, kExitUsage) << error;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "lineup: error: " + error + "\n");
  }
}

TEST(FlagChecksTest, WordTheErrors) {
  EXPECT_EQ(WholeNumber(1, 5)("3"), "");
  EXPECT_EQ(WholeNumber(1, 5)("6"),
            "found \"6\", expected a whole number from 1 to 5");
  EXPECT_EQ(OneOf({"csv", "libsvm"})("csv"), "");
  EXPECT_EQ(OneOf({"csv", "libsvm"})("libsvn"),
            "found \"libsvn\", expected one of csv, libsvm; did you mean "
            "\"libsvm\"?");
}

}  // namespace
}  // namespace lineup
