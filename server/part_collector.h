#ifndef LINEUP_SERVER_PART_COLLECTOR_H_
#define LINEUP_SERVER_PART_COLLECTOR_H_

// Puts together calls that were cut in parts because they are large. A lane
// has one such call at a time: a part of a newer one ends those of an older
// one that is not complete, so at most one call a lane is held.
//
// Thread safety: one thread at a time.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "server/lane_call.h"

namespace lineup {

class PartCollector {
 public:
  // A call that ends without being complete, and why.
  struct Ended {
    LaneCall call;
    absl::Status status;
  };

  // No call may be larger, all its parts together, and no more is held of all
  // lanes' calls that are not complete.
  PartCollector(size_t max_call_bytes, size_t max_held_bytes)
      : max_call_bytes_(max_call_bytes), max_held_bytes_(max_held_bytes) {}

  // Takes a call or a part of one. Returns the whole call's parts in order if
  // it is complete now, else nothing. Calls that end by it are added to
  // `ended`; it may be the one given.
  std::vector<LaneCall> Add(LaneCall call, std::vector<Ended>* ended);

  // Ends everything that is not complete, and whatever is added from now on.
  void Close(const absl::Status& status, std::vector<Ended>* ended);

 private:
  struct Collection {
    uint64_t term = 0;
    uint64_t part_id = 0;
    size_t bytes = 0;
    std::map<uint32_t, LaneCall> parts;
  };

  // Whether `call` may be added to its lane's collection. Begins a new
  // collection, and ends the old one, if the call is newer.
  absl::Status Admit(const LaneCall& call, std::vector<Ended>* ended);
  absl::Status CheckSize(const LaneCall& call,
                         const Collection& collection) const;

  void Clear(Collection& collection);

  const size_t max_call_bytes_;
  const size_t max_held_bytes_;
  size_t held_bytes_ = 0;
  std::map<uint32_t, Collection> by_lane_;
  absl::Status closed_;  // why; OK: it is not
};

}  // namespace lineup

#endif  // LINEUP_SERVER_PART_COLLECTOR_H_
