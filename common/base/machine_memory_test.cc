#include "common/base/machine_memory.h"

#include <sys/sysinfo.h>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(MachineMemoryTest, IsSomeAndNotMoreThanThereIs) {
  struct sysinfo info;
  ASSERT_EQ(sysinfo(&info), 0);
  EXPECT_GT(MachineMemoryBytes(), uint64_t{1} << 20);
  EXPECT_LE(MachineMemoryBytes(), uint64_t{info.totalram} * info.mem_unit);
}

}  // namespace
}  // namespace lineup
