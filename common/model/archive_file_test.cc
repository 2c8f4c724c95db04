#include "common/model/archive_file.h"

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ArchiveFileTest, PackedMembersComeOutAgain) {
  const auto packed =
      PackTarGz({{"one", "first"}, {"two", std::string(1000, 'x')}});
  ASSERT_TRUE(packed.ok()) << packed.status();
  const auto members = UnpackArchive(*packed, "m.tar.gz", 2000);
  ASSERT_TRUE(members.ok()) << members.status();
  ASSERT_EQ(members->size(), 2u);
  EXPECT_EQ((*members)[0].name, "one");
  EXPECT_EQ((*members)[0].contents, "first");
  EXPECT_EQ((*members)[1].contents, std::string(1000, 'x'));
}

TEST(ArchiveFileTest, TheSameMembersGiveTheSameBytes) {
  const auto first = PackTarGz({{"one", "first"}});
  const auto second = PackTarGz({{"one", "first"}});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  // gzip's time field is zero.
  EXPECT_EQ(absl::BytesToHexString(first->substr(0, 8)), "1f8b080000000000");
}

TEST(ArchiveFileTest, UnpackingIsBounded) {
  const auto packed = PackTarGz({{"zeros", std::string(1 << 20, '\0')}});
  ASSERT_TRUE(packed.ok());
  ASSERT_LT(packed->size(), 5000u);
  EXPECT_EQ(UnpackArchive(*packed, "bomb", 1 << 19).status().message(),
            "bomb: member \"zeros\" unpacks to more than 524288 bytes, the "
            "most that a model may take");
  EXPECT_TRUE(UnpackArchive(*packed, "bomb", 1 << 20).ok());
}

TEST(ArchiveFileTest, TruncationIsAnError) {
  std::string contents;
  for (int i = 0; i < 20000; ++i) contents += std::to_string(i * 7919 % 10007);
  const auto packed = PackTarGz({{"member", contents}});
  ASSERT_TRUE(packed.ok());
  for (const double part : {0.2, 0.5, 0.9}) {
    const auto members =
        UnpackArchive(packed->substr(0, packed->size() * part), "cut", 1 << 20);
    ASSERT_FALSE(members.ok()) << part;
    EXPECT_THAT(std::string(members.status().message()), StartsWith("cut: "));
    EXPECT_THAT(std::string(members.status().message()),
                HasSubstr("truncated or damaged: copy it again"));
  }
}

TEST(ArchiveFileTest, OtherFilesAreRefused) {
  for (const char* bytes : {"label,a,b\n1,2,3\n", "{}", "\x1f\x8b"}) {
    const auto members = UnpackArchive(bytes, "other", 1000);
    ASSERT_FALSE(members.ok()) << bytes;
    EXPECT_THAT(std::string(members.status().message()),
                StartsWith("other: the archive cannot be unpacked: "));
  }
}

}  // namespace
}  // namespace lineup
