#include "common/base/malloc_tuning.h"

#include <cstdlib>  // defines __GLIBC__

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace lineup {

bool KeepFreedMemory() {
#ifdef __GLIBC__
  constexpr int kNoBlockIsThisLarge = 1 << 30;
  // Both are needed: a heap that is trimmed when its end becomes free would
  // ask for the same pages again.
  const bool no_mmap = mallopt(M_MMAP_THRESHOLD, kNoBlockIsThisLarge) == 1;
  const bool no_trim = mallopt(M_TRIM_THRESHOLD, kNoBlockIsThisLarge) == 1;
  return no_mmap && no_trim;
#else
  return false;
#endif
}

}  // namespace lineup
