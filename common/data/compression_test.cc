#include "common/data/compression.h"

#include <memory>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/data/dataset_testing.h"
#include "common/data/memory_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Result {
  std::string text;
  absl::Status status;
};

// Reads everything that `bytes` decompress to, in steps of `step`.
Result DecompressAll(const std::string& bytes, size_t step = 1000,
                     size_t max_read = SIZE_MAX) {
  const auto source =
      Decompress(FindCompression(bytes), "FILE",
                 std::make_unique<MemorySource>(bytes, max_read));
  Result result;
  std::string buffer(step, '\0');
  while (true) {
    const auto size = source->Read({&buffer[0], buffer.size()});
    result.status = size.status();
    if (!size.ok() || *size == 0) break;
    result.text.append(buffer, 0, *size);
  }
  if (!result.status.ok()) {
    // Errors stay.
    EXPECT_EQ(source->Read({&buffer[0], buffer.size()}).status(),
              result.status);
  }
  return result;
}

// Text that takes several blocks of either format.
std::string SomeText(size_t bytes) {
  std::mt19937 random(1);
  std::string text;
  while (text.size() < bytes) absl::StrAppend(&text, random() % 1000, ",");
  return text;
}

class CompressionTest : public testing::TestWithParam<Compression> {
 protected:
  static std::string Compressed(absl::string_view text) {
    return GetParam() == Compression::kGzip ? GzipOf(text) : ZstdOf(text);
  }
};

TEST_P(CompressionTest, IsToldByTheFirstBytes) {
  EXPECT_EQ(FindCompression(Compressed("1,2,3\n")), GetParam());
  EXPECT_EQ(FindCompression(Compressed("").substr(0, kCompressionMagicBytes)),
            GetParam());
  for (const char* plain : {"", "1,2", "\x1f", "(", "\x50\x2a"}) {
    EXPECT_EQ(FindCompression(plain), Compression::kNone);
  }
}

TEST_P(CompressionTest, GivesBackWhatWasCompressed) {
  const std::string text = SomeText(400000);
  const std::string bytes = Compressed(text);
  EXPECT_LT(bytes.size(), text.size());
  for (const size_t step : {size_t{1}, size_t{777}, text.size() * 2}) {
    for (const size_t max_read : {size_t{1}, size_t{1000}, SIZE_MAX}) {
      const Result result = DecompressAll(bytes, step, max_read);
      ASSERT_TRUE(result.status.ok()) << result.status;
      ASSERT_EQ(result.text, text);
    }
  }
}

TEST_P(CompressionTest, ReadsSeveralOneAfterTheOther) {
  const Result result = DecompressAll(
      absl::StrCat(Compressed("1,2\n"), Compressed(""), Compressed("3,4\n")));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.text, "1,2\n3,4\n");
}

TEST_P(CompressionTest, CutOffAnywhereIsAnError) {
  const std::string text = SomeText(2000);
  const std::string bytes = Compressed(text);
  for (size_t size = kCompressionMagicBytes; size < bytes.size(); ++size) {
    const Result result = DecompressAll(bytes.substr(0, size), 100);
    EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss) << size;
    EXPECT_EQ(result.text, text.substr(0, result.text.size()));
    EXPECT_THAT(std::string(result.status.message()),
                HasSubstr(absl::StrCat("data ends too early, at byte ", size,
                                       " (after ", result.text.size(),
                                       " bytes of content)")));
  }
}

TEST_P(CompressionTest, DamageIsAnError) {
  const std::string text = SomeText(2000);
  const std::string good = Compressed(text);
  for (const std::string& bad :
       {absl::StrCat(good.substr(0, good.size() / 2),
                     std::string(good.size() / 2, '\x77')),
        absl::StrCat(good, "garbage"),
        absl::StrCat(good, good.substr(0, 3), "garbage")}) {
    const Result result = DecompressAll(bad);
    EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(result.status.message()),
                testing::AllOf(StartsWith("FILE: the "),
                               HasSubstr(" data is damaged near byte "),
                               HasSubstr("; copy or download the file "
                                         "again")));
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, CompressionTest,
                         testing::Values(Compression::kGzip,
                                         Compression::kZstd));

TEST(GzipTest, ZerosAtTheEndAreFilling) {
  const Result result =
      DecompressAll(GzipOf("1,2\n") + std::string(5000, '\0'));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.text, "1,2\n");
}

TEST(GzipTest, ChecksTheSum) {
  std::string bytes = GzipOf("1,2\n");
  bytes[bytes.size() - 8] ^= 1;
  EXPECT_EQ(DecompressAll(bytes).status.message(),
            absl::StrCat("FILE: the gzip data is damaged near byte ",
                         bytes.size() - 4,
                         " (after 4 bytes of content): incorrect data check; "
                         "copy or download the file again"));
}

TEST(ZstdTest, PassesOverFramesToSkip) {
  const std::string skip("\x53\x2a\x4d\x18\x02\x00\x00\x00zz", 10);
  EXPECT_EQ(FindCompression(skip), Compression::kZstd);
  const Result result = DecompressAll(skip + ZstdOf("1,2\n"));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.text, "1,2\n");
}

TEST(CompressionNoneTest, HandsThroughWhatIsNotCompressed) {
  EXPECT_EQ(DecompressAll("1,2\n").text, "1,2\n");
}

}  // namespace
}  // namespace lineup
