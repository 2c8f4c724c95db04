#include "coordinator/checkpointer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/checkpoint/training_clocks.h"
#include "glog/logging.h"

namespace lineup {
void Checkpointer::Begin(uint64_t number, std::string path, bool lanes_run) {
  CHECK(idle());
  number_ = number;
  path_ = std::move(path);
  error_ = absl::OkStatus();
  manifest_.Clear();
  manifest_.set_number(number);
  if (lanes_run) barrier_.Begin();
  state_ = lanes_run ? State::kStopping : State::kCopying;
}

Checkpointer::Event Checkpointer::Update(
    absl::Span<const v1::ServerReport* const> reports) {
  if (reports.empty()) return Event::kNone;
  switch (state_) {
    case State::kIdle:
    case State::kCompleting:
      return Event::kNone;
    case State::kStopping:
      barrier_.Update(reports);
      if (!barrier_.standing()) return Event::kNone;
      state_ = State::kCopying;
      [[fallthrough]];
    case State::kCopying:
      return UpdateCopying(reports);
    case State::kWriting:
      return UpdateWriting(reports);
  }
  return Event::kNone;
}

Checkpointer::Event Checkpointer::UpdateCopying(
    absl::Span<const v1::ServerReport* const> reports) {
  for (const v1::ServerReport* report : reports) {
    const v1::CheckpointReport& checkpoint = report->checkpoint();
    if (checkpoint.number() != number_ ||
        checkpoint.state() == v1::CheckpointReport::STATE_COPYING) {
      return Event::kNone;
    }
    if (checkpoint.state() == v1::CheckpointReport::STATE_FAILED) {
      return Fail(absl::InternalError(checkpoint.error()));
    }
    absl::Status same =
        CheckSameClocks(checkpoint.clocks(), reports[0]->checkpoint().clocks());
    if (!same.ok()) return Fail(std::move(same));
  }
  *manifest_.mutable_clocks() = reports[0]->checkpoint().clocks();
  barrier_.End();
  state_ = State::kWriting;
  return Event::kCopied;
}

Checkpointer::Event Checkpointer::UpdateWriting(
    absl::Span<const v1::ServerReport* const> reports) {
  for (const v1::ServerReport* report : reports) {
    if (report->checkpoint().number() != number_) return Event::kNone;
    if (report->checkpoint().state() == v1::CheckpointReport::STATE_FAILED) {
      return Fail(absl::InternalError(report->checkpoint().error()));
    }
  }
  manifest_.clear_files();
  for (const v1::ServerReport* report : reports) {
    if (report->checkpoint().state() != v1::CheckpointReport::STATE_WRITTEN) {
      return Event::kNone;
    }
    *manifest_.add_files() = report->checkpoint().file();
  }
  state_ = State::kCompleting;
  return Event::kWritten;
}

Checkpointer::Event Checkpointer::Fail(absl::Status error) {
  error_ = std::move(error);
  Abandon();
  return Event::kFailed;
}

void Checkpointer::Abandon() {
  barrier_.End();
  state_ = State::kIdle;
}

void Checkpointer::AddOrders(size_t server, size_t num_servers,
                             v1::ServerOrders* orders) const {
  if (state_ != State::kCopying && state_ != State::kWriting) return;
  v1::CheckpointOrder* const order = orders->mutable_checkpoint();
  order->set_number(number_);
  order->set_directory(path_);
  order->set_file(ShardFileName(server, num_servers));
}

}  // namespace lineup
