// What the tests of planned jobs share: small CSV data and plans for them.

#ifndef LINEUP_COMMON_JOB_JOB_PLAN_TESTING_H_
#define LINEUP_COMMON_JOB_JOB_PLAN_TESTING_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/dataset_testing.h"
#include "common/job/job_plan.h"
#include "common/linear/hyperparameters.h"

namespace lineup {

// Labels 0, 1, 0, 1 ...; two features, the first of which is the number of the
// example, counted from `first`.
inline std::string NumberedCsv(int examples, int first = 0) {
  std::string csv;
  for (int i = first; i < first + examples; ++i) {
    absl::StrAppend(&csv, i % 2, ",", i, ",", 0.5 + i % 3, "\n");
  }
  return csv;
}

// A job whose training data are files of the given contents.
inline JobSpec SpecOf(const std::vector<std::string>& files,
                      const std::vector<NamedValue>& hyperparameters) {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters(hyperparameters).value();
  for (size_t i = 0; i < files.size(); ++i) {
    spec.train.push_back(
        WriteTestFile(absl::StrCat("train-", i, ".csv"), files[i]));
  }
  return spec;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_JOB_PLAN_TESTING_H_
