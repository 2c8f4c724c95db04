// Words for the states of a cluster's jobs.

#ifndef LINEUP_CLI_JOB_TEXT_H_
#define LINEUP_CLI_JOB_TEXT_H_

#include <string>

#include "proto/jobs.pb.h"

namespace lineup {

std::string JobStateName(v1::JobState state);

}  // namespace lineup

#endif  // LINEUP_CLI_JOB_TEXT_H_
