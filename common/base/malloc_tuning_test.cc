#include "common/base/malloc_tuning.h"

#include <malloc.h>

#include <cstdlib>
#include <memory>

#include "absl/base/config.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

struct Free {
  void operator()(void* block) const { std::free(block); }
};

// The number of blocks that the C library has from mmap().
size_t MappedBlocks() { return mallinfo2().hblks; }

TEST(MallocTuningTest, LargeBlocksComeFromTheHeap) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  GTEST_SKIP() << "the sanitizer has its own malloc";
#endif
  constexpr size_t kLarge = size_t{64} << 20;
  const size_t before = MappedBlocks();
  {
    const std::unique_ptr<void, Free> mapped(std::malloc(kLarge));
    ASSERT_EQ(MappedBlocks(), before + 1);
  }
  ASSERT_TRUE(KeepFreedMemory());
  const std::unique_ptr<void, Free> block(std::malloc(kLarge));
  EXPECT_EQ(MappedBlocks(), before);
}

}  // namespace
}  // namespace lineup
