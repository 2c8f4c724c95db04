// The states of a cluster's jobs.

#ifndef LINEUP_COMMON_JOB_JOB_STATE_H_
#define LINEUP_COMMON_JOB_JOB_STATE_H_

#include "proto/jobs.pb.h"

namespace lineup {

// Whether nothing more will happen to the job.
inline bool HasEnded(v1::JobState state) {
  return state == v1::JOB_STATE_SUCCEEDED || state == v1::JOB_STATE_FAILED ||
         state == v1::JOB_STATE_STOPPED;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_JOB_STATE_H_
