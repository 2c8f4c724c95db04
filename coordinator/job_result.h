// Turns a finished job into what is written to disk: the chosen model in raw
// units, and the document that tells how it came about.
//
// Thread safety: pure functions.

#ifndef LINEUP_COORDINATOR_JOB_RESULT_H_
#define LINEUP_COORDINATOR_JOB_RESULT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/job/job_plan.h"
#include "common/model/linear_model.h"
#include "common/model/model_document.h"
#include "coordinator/job_machine.h"

namespace lineup {

// The kept candidate, its normalisation folded back. INVALID_ARGUMENT if raw
// weights are not finite numbers.
absl::StatusOr<LinearModel> MakeModel(const JobPlan& plan,
                                      const JobMachine& machine);

// `bad_records`: how many were skipped.
ModelDocument MakeDocument(const JobPlan& plan, const JobMachine& machine,
                           uint64_t bad_records);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOB_RESULT_H_
