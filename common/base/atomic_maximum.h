// The greatest of numbers that several threads find.
//
// Thread safety: thread-safe.

#ifndef LINEUP_COMMON_BASE_ATOMIC_MAXIMUM_H_
#define LINEUP_COMMON_BASE_ATOMIC_MAXIMUM_H_

#include <atomic>
#include <cstdint>

namespace lineup {

class AtomicMaximum {
 public:
  explicit AtomicMaximum(uint32_t least = 0) : value_(least) {}

  void RaiseTo(uint32_t number) {
    uint32_t old = value_;
    while (old < number && !value_.compare_exchange_weak(old, number)) {
    }
  }
  uint32_t value() const { return value_; }

 private:
  std::atomic<uint32_t> value_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_ATOMIC_MAXIMUM_H_
