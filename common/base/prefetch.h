// Asks for memory that will be read soon. A hint: it never fails, whatever the
// address, and changes no result.
//
// Not __builtin_prefetch: GCC takes a function or lambda that does nothing
// else for one without effects, and drops calls of it that it has not inlined.

#ifndef LINEUP_COMMON_BASE_PREFETCH_H_
#define LINEUP_COMMON_BASE_PREFETCH_H_

namespace lineup {

// The cache line of `address`, into all levels.
inline void Prefetch(const void* address) {
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(address)));
}

// Into the second level, for what is needed later.
inline void PrefetchFar(const void* address) {
  asm volatile("prefetcht1 %0" : : "m"(*static_cast<const char*>(address)));
}

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_PREFETCH_H_
