// Arrays on cache-line boundaries, the large ones in huge pages: for what is
// read at random, where every small page would cost a miss of its own, and for
// what is filled once, where every small page would cost a fault.

#ifndef LINEUP_COMMON_BASE_ALIGNED_VECTOR_H_
#define LINEUP_COMMON_BASE_ALIGNED_VECTOR_H_

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

namespace lineup {

inline constexpr size_t kCacheLineBytes = 64;
inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// Memory on a cache-line boundary, to be released with std::free; in huge
// pages where it is large, for tables that are read at random.
inline void* AllocateAligned(size_t bytes) {
  const bool large = bytes >= kHugePageBytes;
  void* p = nullptr;
  if (posix_memalign(&p, large ? kHugePageBytes : kCacheLineBytes, bytes)) {
    throw std::bad_alloc();
  }
  if (large) madvise(p, bytes, MADV_HUGEPAGE);
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
