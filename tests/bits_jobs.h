// Jobs at staleness 0, whose models must have the same bits whoever trains them
// and whatever happens meanwhile: for tests of clusters.

#ifndef LINEUP_TESTS_BITS_JOBS_H_
#define LINEUP_TESTS_BITS_JOBS_H_

#include <string>

#include "common/job/job_spec.h"
#include "common/model/linear_model.h"
#include "proto/jobs.pb.h"

namespace lineup {

// "dense_adam", "sparse_ftrl" and so on: 4 lanes and as many epochs.
JobSpec BitsSpec(const std::string& name);

// The model of the job, trained in this process.
LinearModel TrainEmbedded(const JobSpec& spec);

// The model of a job that has succeeded on a cluster.
LinearModel ModelOf(const v1::JobStatus& status);

void ExpectSame(const LinearModel& a, const LinearModel& b,
                const std::string& what);

// A path in the test's temporary directory.
std::string OutputFor(const std::string& name);

}  // namespace lineup

#endif  // LINEUP_TESTS_BITS_JOBS_H_
