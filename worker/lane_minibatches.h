// A lane's minibatches, built from its stream one ahead: while one is trained
// on, the next is gathered in the background.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_WORKER_LANE_MINIBATCHES_H_
#define LINEUP_WORKER_LANE_MINIBATCHES_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "worker/lane_stream.h"
#include "worker/minibatch.h"
#include "worker/minibatch_source.h"

namespace lineup {

class LaneMinibatches final : public MinibatchSource {
 public:
  // `stream` must outlive it, and `pool`, which may be null: nothing is built
  // ahead then. With a pool the stream belongs to this object until it is
  // destroyed, but for what any thread may call.
  LaneMinibatches(LaneStream* stream, ThreadPool* pool);
  ~LaneMinibatches() override;

  absl::StatusOr<Result> Next(Minibatch* minibatch) override;

 private:
  struct State;
  // Builds the next minibatch, if that has not been done or begun.
  static void Build(const std::shared_ptr<State>& state);

  ThreadPool* pool_;
  std::shared_ptr<State> state_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LANE_MINIBATCHES_H_
