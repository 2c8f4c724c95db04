// What people are told of a job that runs or has run: also what is remembered
// of it once it has ended.
//
// Thread safety: pure functions.

#ifndef LINEUP_COORDINATOR_JOB_SUMMARY_H_
#define LINEUP_COORDINATOR_JOB_SUMMARY_H_

#include <cstdint>

#include "absl/time/time.h"
#include "coordinator/cluster_job.h"
#include "proto/jobs.pb.h"

namespace lineup {

// 0 for a time that is not set.
int64_t UnixMs(absl::Time time);

struct JobTimes {
  absl::Time started;
  absl::Time ended;  // not set: it runs
  absl::Time now;
};

// Adds what the run knows.
void AddRun(const ClusterJob& run, const JobTimes& times,
            v1::JobStatus* status);

v1::ListCandidatesResponse CandidatesOf(const ClusterJob& run);

v1::ListShardsResponse ShardsOf(const ClusterJob& run);
// How many slots are at a position of the placement.
uint32_t SlotsAt(const v1::Routing& routing, int position);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOB_SUMMARY_H_
