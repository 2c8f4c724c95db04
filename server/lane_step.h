#ifndef LINEUP_SERVER_LANE_STEP_H_
#define LINEUP_SERVER_LANE_STEP_H_

// A call of a lane on its way through the shard: from its parts, complete and
// checked, to its answer. No gRPC in here.
//
// Thread safety: one thread at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/linear/packed_columns.h"
#include "common/rpc/payload.h"
#include "common/rpc/send_buffer.h"
#include "server/lane_call.h"
#include "server/wire_rows.h"

namespace lineup {

struct LaneStep {
  std::vector<LaneCall> parts;  // at least one

  // Of a push; null otherwise.
  std::shared_ptr<const WireRows> push_rows;
  PayloadView gradient;  // of all parts

  // Of a pull; null otherwise.
  std::shared_ptr<const WireRows> pull_rows;
  std::vector<size_t> part_ends;  // positions in pull_rows, one a part
  SendBuffer pulled;              // rows x width of these groups, by index
  uint32_t pulled_groups = 0;     // whose columns they have; 0: of all
  const PackedColumns* pulled_columns = nullptr;  // as what they travel

  // What came of it.
  bool finished = false;
  absl::Status status;
  bool duplicate = false;

  const LaneCall& call() const { return parts[0]; }
  uint32_t lane() const { return call().at.lane; }
  // The minibatch for which weights are pulled.
  LaneClock pull_at() const {
    LaneClock at = call().at;
    if (call().gradient.has_value()) ++at.clock;
    return at;
  }

  // Makes room for the pulled weights.
  void AllocatePulled(const PackedColumns& columns);

  // Answers every part by `status`: with its part of the weights, or with the
  // error. Once, and without locks held.
  void Answer(const PackedColumns& all);

 private:
  void AnswerWithWeights(const PackedColumns& all);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_LANE_STEP_H_
