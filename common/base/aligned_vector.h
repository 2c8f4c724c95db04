// Arrays on cache-line boundaries.
//
// They are in ordinary pages, also the large ones: what parsers fill once is
// read in order or an example at a time, which huge pages speed up by a few
// percent, where a virtual machine that has given free memory back to its host
// may pay for each huge page several times what the same memory costs in small
// ones. (The rows of the weight matrix, which are read and written at random,
// are in huge pages: server/weight_store.cc.)

#ifndef LINEUP_COMMON_BASE_ALIGNED_VECTOR_H_
#define LINEUP_COMMON_BASE_ALIGNED_VECTOR_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace lineup {

inline constexpr size_t kCacheLineBytes = 64;

// Memory on a cache-line boundary, to be released with std::free.
inline void* AllocateAligned(size_t bytes) {
  void* p = nullptr;
  if (posix_memalign(&p, kCacheLineBytes, bytes) != 0) throw std::bad_alloc();
  return p;
}

template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  CacheLineAllocator() = default;
  template <typename U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {}
  T* allocate(size_t n) {
    return static_cast<T*>(AllocateAligned(n * sizeof(T)));
  }
  void deallocate(T* p, size_t) { std::free(p); }
  friend bool operator==(CacheLineAllocator, CacheLineAllocator) {
    return true;
  }
  friend bool operator!=(CacheLineAllocator, CacheLineAllocator) {
    return false;
  }
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;
using AlignedFloats = AlignedVector<float>;
using AlignedUint32s = AlignedVector<uint32_t>;
using AlignedDoubles = AlignedVector<double>;

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_ALIGNED_VECTOR_H_
