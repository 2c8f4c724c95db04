#include "common/rpc/send_buffer.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(SendBufferTest, IsAligned) {
  for (const size_t size : {0, 1, 64, 65}) {
    const SendBuffer buffer(size);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    std::memset(buffer.data(), 1, size);
  }
}

TEST(SendBufferTest, GivesItsMemoryAway) {
  SendBuffer buffer(4);
  char* const data = buffer.data();
  char* const released = std::move(buffer).Release();
  EXPECT_EQ(released, data);
  std::free(released);
}

}  // namespace
}  // namespace lineup
