#include "cli/byte_size.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(ByteSizeTest, UnitsArePowersOf1024) {
  EXPECT_EQ(*ParseByteSize("--x", "1000"), 1000u);
  EXPECT_EQ(*ParseByteSize("--x", "2KiB"), 2048u);
  EXPECT_EQ(*ParseByteSize("--x", "512MiB"), 512u << 20);
  EXPECT_EQ(*ParseByteSize("--x", "4g"), uint64_t{4} << 30);
  EXPECT_EQ(*ParseByteSize("--x", "1TB"), uint64_t{1} << 40);
}

TEST(ByteSizeTest, WhatIsNoSizeIsRefused) {
  for (const char* text : {"", "MiB", "-1", "1.5GiB", "3PiB", "9 MiB",
                           "99999999999999999999", "99999999999GiB"}) {
    EXPECT_THAT(std::string(ParseByteSize("--cache", text).status().message()),
                ::testing::HasSubstr("--cache: found"))
        << text;
  }
}

}  // namespace
}  // namespace lineup
