// Jobs at staleness 0, whose models must have the same bits whoever trains them
// and whatever happens meanwhile: for tests of clusters, in this process (as a
// JobSpec) and of real processes (as flags).

#ifndef LINEUP_TESTS_BIT_JOBS_H_
#define LINEUP_TESTS_BIT_JOBS_H_

#include <string>
#include <vector>

#include "common/job/job_spec.h"
#include "common/model/linear_model.h"
#include "proto/jobs.pb.h"

namespace lineup {

// Names are "dense_adam", "sparse_ftrl" and so on: data and optimizer. The test
// needs //examples among its data.

// 4 lanes and as many epochs.
JobSpec BitsSpec(const std::string& name);

// The model of the job, trained in this process.
LinearModel TrainEmbedded(const JobSpec& spec);

// The model of a job that has succeeded on a cluster.
LinearModel ModelOf(const v1::JobStatus& status);

void ExpectSame(const LinearModel& a, const LinearModel& b,
                const std::string& what);

// A path in the test's temporary directory.
std::string OutputFor(const std::string& name);

// The job as flags of `lineup train` and `submit`, its data in several files.
std::vector<std::string> BitJob(const std::string& name, int lanes, int epochs);

// The flags and the directory that the model goes to.
std::vector<std::string> WithOutput(std::vector<std::string> flags,
                                    const std::string& directory);

// `lineup train` in one process; the archive's bytes.
std::string TrainedArchive(const std::vector<std::string>& flags,
                           const std::string& directory);

}  // namespace lineup

#endif  // LINEUP_TESTS_BIT_JOBS_H_
