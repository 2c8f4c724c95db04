// Jobs on small data in several files, as flags of `lineup train` and `submit`,
// whose weights are compared bit for bit.

#ifndef LINEUP_TESTS_BIT_JOBS_H_
#define LINEUP_TESTS_BIT_JOBS_H_

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "gtest/gtest.h"
#include "tests/program.h"
#include "tests/sparse_data.h"
#include "tests/split_files.h"

namespace lineup {

// `name`: data and optimizer, as "dense_adam". The test needs //examples among
// its data.
inline std::vector<std::string> BitJob(const std::string& name, int lanes,
                                       int epochs) {
  constexpr int kFiles = 9;
  std::vector<std::string> flags = {
      "--optimizer=" + name.substr(name.find('_') + 1), "--mini-batch-size=20",
      absl::StrCat("--epochs=", epochs),
      absl::StrCat("--early-stopping-patience=", epochs),
      absl::StrCat("--lanes=", lanes)};
  std::vector<std::string> data;
  if (absl::StartsWith(name, "dense")) {
    data = {"--train=" +
                SplitFiles("examples/digits/train.csv", true, kFiles, "digits"),
            "--validation=examples/digits/validation.csv",
            "--predictor-type=multiclass_classifier", "--num-classes=10",
            "--learning-rate=0.05,0.01"};
  } else {
    data = {"--train=" + SplitFiles(WriteSparseData(
                                        testing::TempDir() + "/all.svm", 2000),
                                    false, kFiles, "sparse"),
            "--validation-fraction=0.1",
            "--predictor-type=binary_classifier",
            "--learning-rate=0.1,0.01",
            "--l1=0.0001",
            "--wd=0.0001"};
  }
  flags.insert(flags.end(), data.begin(), data.end());
  return flags;
}

// The flags and the directory that the model goes to.
inline std::vector<std::string> WithOutput(std::vector<std::string> flags,
                                           const std::string& directory) {
  flags.push_back("--output=" + directory);
  return flags;
}

// `lineup train` in one process; the archive's bytes.
inline std::string TrainedArchive(const std::vector<std::string>& flags,
                                  const std::string& directory) {
  std::vector<std::string> command = WithOutput(flags, directory);
  command.insert(command.begin(), {"train", "--quiet", "--staleness=0"});
  const ProgramResult result = RunLineup(command);
  EXPECT_EQ(result.status, 0) << result.err;
  return ReadFile(directory + "/model.tar.gz").value();
}

}  // namespace lineup

#endif  // LINEUP_TESTS_BIT_JOBS_H_
