// The first second of a job: opens the data, checks it against the
// hyperparameters, and makes the lineup of candidates. Whatever is wrong with a
// job and can be known without reading all of its data is found here.
//
// A plan is a pure function of the spec and the files, so every process of a
// cluster makes the same one from the same spec.
//
// Thread safety: a plain value; planning reads files.

#ifndef LINEUP_COMMON_JOB_JOB_PLAN_H_
#define LINEUP_COMMON_JOB_JOB_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/data/dataset.h"
#include "common/job/job_spec.h"
#include "common/linear/candidate.h"
#include "common/model/model_document.h"

namespace lineup {

struct JobPlan {
  JobSpec spec;  // its num_lanes is not kAutoLanes
  Dataset train;
  std::optional<Dataset> validation;
  std::optional<Dataset> test;
  std::vector<Candidate> candidates;
  size_t outputs = 1;  // columns of each candidate
  std::optional<ModelFile> warm_start;
  // What the user should know, one sentence each.
  std::vector<std::string> notes;

  const Hyperparameters& hyperparameters() const {
    return spec.hyperparameters;
  }
  bool sparse() const { return train.schema().sparse; }
  bool has_validation() const {
    return validation.has_value() || spec.validation_fraction > 0;
  }
};

absl::StatusOr<JobPlan> PlanJob(const JobSpec& spec);

// Tells plans of other data apart: files by name, splits, columns and width.
uint64_t DataFingerprint(const JobPlan& plan);

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_JOB_PLAN_H_
