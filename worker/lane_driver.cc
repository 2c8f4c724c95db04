#include "worker/lane_driver.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {

LaneDriver::LaneDriver(const Place& place, Shared shared,
                       std::function<void()> wake)
    : place_(place),
      shared_(std::move(shared)),
      wake_(std::move(wake)),
      answer_(wake_) {}

void LaneDriver::AppendWindow(Window window) {
  if (stream_ == nullptr) {
    windows_.push_back(std::move(window));
  } else {
    stream_->AppendWindow(std::move(window));
  }
}

void LaneDriver::CloseWindows() {
  closed_ = true;
  if (stream_ != nullptr) stream_->CloseWindows();
}

absl::StatusOr<LaneRunner::State> LaneDriver::Advance() {
  if (runner_ == nullptr) {
    if (!asked_) {
      asked_ = true;
      client_ = shared_.job->client(place_.routing_epoch);
      if (client_ == nullptr) {
        return absl::AbortedError("the slots have been placed anew");
      }
      client_->NextClock(place_.lane, &next_clock_, answer_.Expect());
    }
    absl::Status answer;
    if (!answer_.Answered(&answer)) return LaneRunner::State::kWaiting;
    LINEUP_RETURN_IF_ERROR(answer);
    LINEUP_RETURN_IF_ERROR(Begin());
  }
  return runner_->Advance();
}

absl::Status LaneDriver::Begin() {
  const WorkerJob& job = *shared_.job;
  const JobPlan& plan = job.plan();
  const JobSpec& spec = plan.spec;
  if (next_clock_ <= place_.base_clock) {
    return absl::UnavailableError(absl::StrCat(
        "lane ", place_.lane, ": a server has not begun epoch ", place_.epoch));
  }
  stream_ = std::make_unique<LaneStream>(&shared_.job->train(), shared_.io_pool,
                                         LaneStream::OptionsOf(spec),
                                         place_.lane, place_.epoch);
  if (spec.staleness == 0) {
    std::vector<LaneWindows> lanes =
        PlanLanes(plan.train.splits(), spec.num_lanes, place_.epoch,
                  LanePlanOptionsOf(spec));
    windows_ = std::move(lanes[place_.lane]);
    closed_ = true;
  }
  for (Window& window : windows_) stream_->AppendWindow(std::move(window));
  windows_.clear();
  if (closed_) stream_->CloseWindows();
  stream_->Skip(next_clock_ - place_.base_clock - 1);
  minibatches_ = std::make_unique<LaneMinibatches>(stream_.get(), nullptr);
  kernel_ = std::make_unique<LineupKernel>(
      plan.hyperparameters().loss, &job.setup().columns, &job.setup().groupings,
      &job.setup().class_weights, shared_.compute_pool);
  LaneRunner::Options options;
  options.fuse_push_and_pull = spec.staleness > 0;
  options.before_gradient = shared_.before_minibatch;
  options.turns = shared_.turns.get();
  runner_ = std::make_unique<LaneRunner>(
      LaneClock{place_.lane, next_clock_, place_.term}, options,
      minibatches_.get(), client_, kernel_.get(), wake_);
  return absl::OkStatus();
}

void LaneDriver::YieldTurn() {
  if (runner_ != nullptr) runner_->YieldTurn();
}

void LaneDriver::LeaveTurns() {
  if (shared_.turns != nullptr && runner_ != nullptr) {
    shared_.turns->Leave(runner_.get());
  }
}

uint64_t LaneDriver::clock() const {
  return runner_ == nullptr ? place_.base_clock + 1 : runner_->next().clock;
}

uint64_t LaneDriver::examples_done() const {
  return runner_ == nullptr ? 0 : runner_->examples_done();
}

uint64_t LaneDriver::windows_opened() const {
  return stream_ == nullptr ? 0 : stream_->windows_opened();
}

bool LaneDriver::idle() {
  return answer_.idle() && (runner_ == nullptr || runner_->idle());
}

void LaneDriver::WaitUntilIdle() {
  answer_.WaitUntilIdle();
  if (runner_ != nullptr) runner_->WaitUntilIdle();
}

}  // namespace lineup
