#ifndef LINEUP_WORKER_PARAMETER_MESSAGES_H_
#define LINEUP_WORKER_PARAMETER_MESSAGES_H_

// What a worker sends to one parameter server and makes of the answer: the
// messages of proto/parameter_server.proto, cut in parts, as a RetriedCall
// takes them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/atomic_maximum.h"
#include "common/base/thread_pool.h"
#include "common/linear/gradient_rows.h"
#include "common/linear/lane_clock.h"
#include "common/linear/packed_columns.h"
#include "common/linear/row_set.h"
#include "common/rpc/float_codec.h"
#include "common/rpc/retried_call.h"
#include "common/rpc/send_buffer.h"
#include "worker/row_router.h"

namespace lineup {

// What all messages of a job have in common. Outlives what is made of it.
struct MessageContext {
  std::string job;
  uint64_t routing_epoch = 0;
  FloatFormat format = FloatFormat::kFloat32;
  PackedGroups columns;
  PackedColumns candidate_columns;  // of one candidate alone
  size_t part_bytes = 0;            // cut what is larger
  bool replica = false;  // for the one that the server keeps of others' slots

  // Of a row that travels as `packed`.
  size_t RowBytes(const PackedColumns& packed) const {
    return packed.packed_width() * BytesPerFloat(format);
  }
  // In how many parts rows travel that have the columns of one candidate, or of
  // all.
  uint32_t NumParts(size_t rows,
                    std::optional<size_t> candidate = std::nullopt) const;
};

// Rows of one server, and where their weights go. Like all that is referred to
// here, they must live until the call is done.
struct PulledRows {
  const RowSet* set;
  const ServerRows* rows;
  // set->size() x width, by the set's index, with the columns of so many groups
  // of candidates (0: of all).
  float* out;
  uint32_t groups = 0;
  // If it is there, only its columns: set->size() x outputs.
  std::optional<size_t> candidate = std::nullopt;
  // Becomes the greatest number of groups that any answer had, if it is there.
  // An answer that has more than `groups` is left.
  AtomicMaximum* most_groups = nullptr;
};

// Rows of one server and their gradient, encoded.
struct PushedRows {
  const RowSet* set;
  const ServerRows* rows;
  std::shared_ptr<const SendBuffer> gradient;
  uint64_t examples;
  std::vector<double> loss_sums;
  uint32_t groups;  // of candidates; 0: all
};

// The gradient of one server's rows as it travels, computed by `pool`; it has
// the columns of so many groups of candidates (0: of all of them).
SendBuffer EncodeGradient(const MessageContext& context, uint32_t groups,
                          const ServerRows& rows, GradientRows gradient,
                          ThreadPool* pool);

std::vector<RetriedCall::Part> PullParts(const MessageContext& context,
                                         LaneClock at, const PulledRows& pull);

// `next` may be null: no pull of the next minibatch.
std::vector<RetriedCall::Part> PushParts(const MessageContext& context,
                                         LaneClock at, const PushedRows& push,
                                         const PulledRows* next);

std::vector<RetriedCall::Part> PeekParts(const MessageContext& context,
                                         const PulledRows& pull);

RetriedCall::Part FinishPart(const MessageContext& context, LaneClock at);

// Asks a server for the first clock of a lane that it has not accepted.
RetriedCall::Part NextClockPart(const MessageContext& context, uint32_t lane,
                                uint64_t* next);

}  // namespace lineup

#endif  // LINEUP_WORKER_PARAMETER_MESSAGES_H_
