// Whatever a peer sends as Pull, Push, Peek or SetWeights: it is refused or
// done, nothing breaks, and every call is answered exactly once. The first
// byte says which method, and whether the job knows its number of rows; the
// rest is the message, cut in pieces as the network might.

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/random.h"
#include "common/base/thread_pool.h"
#include "server/parameter_service_codec.h"
#include "server/served_job.h"

namespace lineup {
namespace {

constexpr uint32_t kMaxRows = 64;

ServedJobOptions Options(uint32_t max_rows) {
  ServedJobOptions options;
  options.job = "j";
  options.columns = LineupColumns(std::vector<Candidate>(3), 1);
  options.shard.num_lanes = 2;
  options.shard.staleness = 1;
  OwnedRows::Slots slots;
  for (uint32_t s = 0; s < kNumSlots; s += 3) slots.set(s);
  options.owned = OwnedRows(slots);
  options.max_rows = max_rows;
  options.max_call_bytes = 1 << 20;
  return options;
}

grpc::ByteBuffer Cut(absl::string_view bytes) {
  SplitMix64 random(bytes.size());
  std::vector<grpc::Slice> slices;
  while (!bytes.empty()) {
    const size_t size = 1 + random.Below(bytes.size());
    slices.emplace_back(bytes.data(), size);
    bytes.remove_prefix(size);
  }
  if (slices.empty()) slices.emplace_back();
  return grpc::ByteBuffer(slices.data(), slices.size());
}

void RunLaneCall(ServedJob* job, absl::StatusOr<DecodedLaneCall> decoded,
                 grpc::ByteBuffer (*encode)(const LaneAnswer&)) {
  if (!decoded.ok()) return;
  int answers = 0;
  decoded->call.done = [&](absl::StatusOr<LaneAnswer> answer) {
    ++answers;
    if (answer.ok()) encode(*answer);
  };
  job->Run(std::move(decoded->call));
  job->Close();  // ends what waits
  if (answers != 1) std::abort();
}

void Check(uint8_t method, absl::string_view message) {
  ThreadPool pool(1);
  ServedJob job(Options((method & 4) == 0 ? kMaxRows : 0), &pool);
  const grpc::ByteBuffer buffer = Cut(message);
  if (method % 4 == 3) {
    const auto decoded = DecodeSetWeights(buffer);
    if (decoded.ok()) {
      job.SetWeights(decoded->call, decoded->weights).IgnoreError();
    }
    return;
  }
  if (!job.BeginEpoch(0, 0).ok()) std::abort();
  if (method % 4 == 0) RunLaneCall(&job, DecodePull(buffer), EncodePullAnswer);
  if (method % 4 == 1) RunLaneCall(&job, DecodePush(buffer), EncodePushAnswer);
  if (method % 4 == 2) {
    const auto decoded = DecodePeek(buffer);
    if (decoded.ok()) job.Peek(decoded->call).status().IgnoreError();
  }
}

}  // namespace
}  // namespace lineup

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  lineup::Check(
      data[0],
      absl::string_view(reinterpret_cast<const char*>(data + 1), size - 1));
  return 0;
}
