#include "coordinator/node_messages.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/job/job_codec.h"
#include "common/rpc/errors.h"

namespace lineup {

absl::StatusOr<const CoordinatorCore::Job*> FindRun(const CoordinatorCore& core,
                                                    const std::string& id) {
  const CoordinatorCore::Job* job = core.FindJob(id);
  if (job != nullptr && job->restarting()) {
    return RetryLaterError(
        absl::StrCat("the coordinator is taking up ", id, " again"),
        absl::ZeroDuration());
  }
  if (job == nullptr || job->run == nullptr) return UnknownJobError(id);
  return job;
}

v1::JobSetup MakeJobSetup(const CoordinatorCore::Job& job) {
  const ClusterJob& run = *job.run;
  v1::JobSetup setup;
  *setup.mutable_spec() = job.spec;
  setup.set_data_fingerprint(run.data_fingerprint());
  if (!run.sampled()) return setup;
  setup.set_sampled(true);
  *setup.mutable_sample() = EncodeSample(run.machine().sample());
  setup.set_num_examples(run.num_examples());
  return setup;
}

v1::KeptModel MakeKeptModel(const CoordinatorCore::Job& job) {
  const JobMachine& machine = job.run->machine();
  v1::KeptModel kept;
  kept.set_candidate(static_cast<uint32_t>(machine.best_candidate()));
  *kept.mutable_weights() = EncodeWeights(machine.kept());
  return kept;
}

}  // namespace lineup
