#include "worker/job_preparation.h"

#include <utility>

#include "common/base/status_macros.h"

namespace lineup {

JobPreparation::JobPreparation(std::shared_ptr<WorkerJob> job,
                               v1::Routing routing, WorkerServices* services,
                               std::function<void()> wake)
    : job_(std::move(job)),
      routing_(std::move(routing)),
      services_(*services),
      answer_(std::move(wake)) {}

bool JobPreparation::Advance() {
  if (!result_.has_value()) result_ = Step();
  return result_.has_value();
}

std::optional<absl::Status> JobPreparation::Step() {
  const bool opens = routing_.epoch() != 0;
  if (!job_->prepared() || (opens && !job_->set_up())) {
    if (!asked_) {
      asked_ = true;
      services_.GetJobSetup(job_->name(), &setup_, answer_.Expect());
    }
    absl::Status answer;
    if (!answer_.Answered(&answer)) return std::nullopt;
    LINEUP_RETURN_IF_ERROR(answer);
  }
  if (!job_->prepared()) LINEUP_RETURN_IF_ERROR(job_->Prepare(setup_));
  if (!opens) return absl::OkStatus();
  if (!job_->set_up()) LINEUP_RETURN_IF_ERROR(job_->SetUp(setup_));
  if (job_->routing_epoch() == routing_.epoch()) return absl::OkStatus();
  return job_->Open(routing_);
}

}  // namespace lineup
