// Reads a real Linear Learner archive and answers as the real container did.

#include <cmath>

#include "common/base/files.h"
#include "common/base/test_data.h"
#include "common/model/archive_file.h"
#include "common/model/model_archive.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr char kArchive[] = "adult_linear_learner/model.tar.gz";

std::string MemberOf(const std::string& bytes, const std::string& name) {
  const auto members = UnpackArchive(bytes, "archive", 1 << 20);
  EXPECT_TRUE(members.ok()) << members.status();
  for (const ArchiveMember& member : *members) {
    if (member.name == name) return member.contents;
  }
  ADD_FAILURE() << "no member " << name;
  return "";
}

TEST(GoldenArchiveTest, WritingTheModelAgainGivesTheSameBytes) {
  LINEUP_TEST_DATA_OR_SKIP(path, kArchive);
  const auto bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto model = ParseModelArchive(*bytes, path);
  ASSERT_TRUE(model.ok()) << model.status();
  const std::string original = MemberOf(*bytes, "model_algo-1");
  const std::string rewritten = SerializeModelZip(*model);
  EXPECT_EQ(MemberOf(rewritten, "mx-mod-0000.params"),
            MemberOf(original, "mx-mod-0000.params"));
  // With the time stamp of the original, 2023-01-17 17:54:14, all of it.
  EXPECT_EQ(SerializeModelZip(*model, {0x8ec7, 0x5631}), original);
}

}  // namespace
}  // namespace lineup
