#ifndef LINEUP_SERVER_LANE_CALL_H_
#define LINEUP_SERVER_LANE_CALL_H_

// A Pull or Push as it came from the network, decoded but not yet checked
// (proto/parameter_server.proto says what the fields mean), and its answer.
// No gRPC in here.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "common/linear/lane_clock.h"
#include "common/rpc/float_codec.h"
#include "common/rpc/payload.h"
#include "server/wire_rows.h"

namespace lineup {

// Encoded numbers, and what keeps their memory.
struct EncodedWeights {
  absl::Span<const char> bytes;
  std::shared_ptr<const void> owner;
  // How many candidates' columns a row has; 0: all.
  uint32_t groups = 0;
};

struct LaneAnswer {
  bool duplicate = false;  // of a push
  EncodedWeights weights;  // empty for a push that does not pull
};

struct LaneCall {
  struct Gradient {
    RowsField rows;
    uint64_t examples = 0;
    std::vector<double> loss_sums;
    PayloadView values;
    uint32_t groups = 0;  // as in EncodedWeights
  };

  LaneClock at;
  uint64_t routing_epoch = 0;
  FloatFormat format = FloatFormat::kFloat32;

  uint32_t part = 0;
  uint32_t num_parts = 1;
  uint64_t part_id = 0;

  // A push has a gradient. What is pulled is for clock at.clock, or, together
  // with a gradient, for the clock after it. At least one of them is there.
  absl::optional<Gradient> gradient;
  absl::optional<RowsField> pull;
  // Whether weights may be those of groups of candidates.
  bool takes_groups = false;

  // Keeps the memory of all views.
  std::shared_ptr<const void> owner;

  // To be called exactly once, without locks held.
  std::function<void(absl::StatusOr<LaneAnswer>)> done;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_LANE_CALL_H_
