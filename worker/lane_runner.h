// Drives one lane through an epoch: next minibatch, pull, gradient, push, and
// at the end the word to the servers that the lane has finished.
//
// A state machine without threads: whoever owns it calls Advance() whenever
// something may have become possible, and `wake` tells when an answer that it
// waited for has come.
//
//   while (true) {
//     LINEUP_ASSIGN_OR_RETURN(LaneRunner::State state, runner.Advance());
//     if (state == LaneRunner::State::kFinished) break;
//     ... wait until woken, or, at kNeedSplit, give the lane another split
//   }
//
// Thread safety: Advance() by one thread at a time. Answers may come on any
// thread. Destroy it only while no call is under way (state kNeedSplit,
// kFinished, or after WaitUntilIdle()).

#ifndef LINEUP_WORKER_LANE_RUNNER_H_
#define LINEUP_WORKER_LANE_RUNNER_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/linear/aligned.h"
#include "common/linear/lane_clock.h"
#include "worker/awaited_answer.h"
#include "worker/lane_turns.h"
#include "worker/lineup_kernel.h"
#include "worker/minibatch.h"
#include "worker/minibatch_source.h"
#include "worker/parameter_client.h"

namespace lineup {

class LaneRunner {
 public:
  enum class State { kWaiting, kNeedSplit, kFinished };

  struct Options {
    // Push and the next pull in one call (ParameterClient::PushAndPull).
    bool fuse_push_and_pull = false;
    // Called before each gradient is computed, if set: for measurements.
    std::function<void(LaneClock)> before_gradient;
    // Whom to ask before each pull, if set; it must outlive the runner, whose
    // address is the lane's name there. Whoever gives up the runner, or gets an
    // error from it, says Leave.
    LaneTurns* turns = nullptr;
  };

  // `next` is the lane's next minibatch, the first that `source` gives. What is
  // passed must outlive the runner; `wake` may be called from any thread.
  LaneRunner(LaneClock next, const Options& options, MinibatchSource* source,
             ParameterClient* client, LineupKernel* kernel,
             std::function<void()> wake);

  LaneRunner(const LaneRunner&) = delete;
  LaneRunner& operator=(const LaneRunner&) = delete;

  // Does what can be done without waiting, at most one gradient. An error is
  // final.
  absl::StatusOr<State> Advance();

  // The lane has waited for servers for long: others may have its turn. It goes
  // on without one when it is answered. By the thread that calls Advance().
  void YieldTurn();

  // As AwaitedAnswer's.
  bool idle() { return answer_.idle(); }
  void WaitUntilIdle() { answer_.WaitUntilIdle(); }

  LaneClock next() const { return next_; }
  uint64_t examples_done() const { return examples_done_; }

 private:
  enum class Phase {
    kNextMinibatch,
    kTurn,  // the minibatch is there, to be pulled for
    kPulling,
    kPushing,
    kFinishing,
    kFinished
  };

  absl::StatusOr<State> StartMinibatch();
  // Whether the minibatch may be pulled for now.
  bool HasTurn();
  void Pull();
  // Makes room for the weights of the current minibatch.
  WeightsOut NextWeights();
  absl::Status ComputeAndPush();
  // The callback for a call that is about to be made.
  ParameterClient::Done Expect(Phase phase);

  LaneClock next_;
  const Options options_;
  MinibatchSource& source_;
  ParameterClient& client_;
  LineupKernel& kernel_;
  const std::function<void()> wake_;

  Phase phase_ = Phase::kNextMinibatch;
  uint64_t examples_done_ = 0;
  // Two of each: with a fused call the next minibatch is there before the
  // gradient of this one has been sent.
  Minibatch minibatches_[2];
  AlignedFloats weights_[2];
  WeightsOut::Places places_[2];
  uint32_t groups_[2] = {0, 0};  // whose columns they have
  int current_ = 0;
  bool has_next_ = false;  // while pushing: the next minibatch is current_
  AwaitedAnswer answer_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LANE_RUNNER_H_
