#include "common/base/checksum.h"

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(ChecksumTest, IsXxh3WithSeed0) {
  // `printf '' | xxhsum -H3` prints this.
  EXPECT_EQ(Checksum(""), 0x2d06800538d394c2u);
}

TEST(ChecksumTest, SeesASingleFlippedBitAnywhere) {
  const std::string original(3000, 'x');
  const uint64_t checksum = Checksum(original);
  for (size_t i = 0; i < original.size(); i += 7) {
    std::string damaged = original;
    damaged[i] ^= 1;
    EXPECT_NE(Checksum(damaged), checksum) << "byte " << i;
  }
  EXPECT_NE(Checksum(original.substr(1)), checksum);
}

TEST(ChecksumStreamTest, AgreesWithTheWholeWhereverItIsCut) {
  std::string bytes;
  for (int i = 0; i < 1500; ++i) bytes.push_back(static_cast<char>(i * 31));
  for (size_t cut = 0; cut <= bytes.size(); cut += 125) {
    ChecksumStream stream;
    stream.Update(absl::string_view(bytes).substr(0, cut));
    EXPECT_EQ(stream.Digest(), Checksum(bytes.substr(0, cut)));
    stream.Update("");
    stream.Update(absl::string_view(bytes).substr(cut));
    EXPECT_EQ(stream.Digest(), Checksum(bytes)) << "cut at " << cut;
  }
}

}  // namespace
}  // namespace lineup
