// Where a lane's minibatches come from.

#ifndef LINEUP_WORKER_MINIBATCH_SOURCE_H_
#define LINEUP_WORKER_MINIBATCH_SOURCE_H_

#include "absl/status/statusor.h"
#include "worker/minibatch.h"

namespace lineup {

class MinibatchSource {
 public:
  enum class Result {
    kMinibatch,
    kNeedSplit,  // none for now: the lane waits for another split
    kEnd         // of the epoch
  };

  virtual ~MinibatchSource() = default;

  // Fills `minibatch` with the lane's next one, whose memory is used again.
  // The examples that it was built from stay in memory until the next call, for
  // a minibatch of dense data refers to them.
  virtual absl::StatusOr<Result> Next(Minibatch* minibatch) = 0;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_MINIBATCH_SOURCE_H_
