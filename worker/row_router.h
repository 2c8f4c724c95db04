#ifndef LINEUP_WORKER_ROW_ROUTER_H_
#define LINEUP_WORKER_ROW_ROUTER_H_

// Shares out the rows of a minibatch over the servers that have them.
//
// Thread safety: all of it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/linear/row_set.h"

namespace lineup {

// The position of each slot's server.
using SlotOwners = std::array<uint8_t, kNumSlots>;

// The rows of one server, in the order in which they travel: by their indexes
// in the row set, which ascend.
class ServerRows {
 public:
  // All of them.
  explicit ServerRows(size_t size) : size_(size) {}
  explicit ServerRows(std::vector<uint32_t> indexes)
      : indexes_(std::move(indexes)), size_(indexes_.size()) {}

  size_t size() const { return size_; }
  // Whether position and index are the same for every row of the set.
  bool is_whole_set() const { return indexes_.empty(); }
  size_t index(size_t position) const {
    return indexes_.empty() ? position : indexes_[position];
  }

 private:
  std::vector<uint32_t> indexes_;
  size_t size_;
};

class RowRouter {
 public:
  RowRouter(const SlotOwners& owners, size_t num_servers)
      : owners_(owners), num_servers_(num_servers) {}

  size_t num_servers() const { return num_servers_; }

  // By server. A dense row set's is made once and kept.
  using Shares = std::shared_ptr<const std::vector<ServerRows>>;
  Shares Share(const RowSet& rows);

 private:
  Shares Compute(const RowSet& rows) const;

  const SlotOwners owners_;
  const size_t num_servers_;

  Mutex mutex_;
  size_t dense_rows_ ABSL_GUARDED_BY(mutex_) = 0;
  Shares dense_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_ROW_ROUTER_H_
