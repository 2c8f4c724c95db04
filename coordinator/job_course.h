// A job's course so far as a message of its checkpoints and of the journal
// (proto/checkpoint.proto) and back, the same to the last bit.
//
// Thread safety: pure functions.

#ifndef LINEUP_COORDINATOR_JOB_COURSE_H_
#define LINEUP_COORDINATOR_JOB_COURSE_H_

#include "absl/status/statusor.h"
#include "common/job/job_plan.h"
#include "coordinator/job_machine.h"
#include "proto/checkpoint.pb.h"

namespace lineup {

// Of a machine that has its sample; the clock before the epoch's first is the
// caller's.
v1::JobCourse EncodeCourse(const JobMachine& machine);

// INVALID_ARGUMENT if the message is not of a job with this plan.
absl::StatusOr<JobMachine> DecodeCourse(const JobPlan* plan,
                                        const v1::JobCourse& message);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOB_COURSE_H_
