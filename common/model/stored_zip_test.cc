#include "common/model/stored_zip.h"

#include "absl/strings/escaping.h"
#include "common/model/archive_file.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// Written by Python's zipfile: writestr(ZipInfo("a.txt"), b"hello") with
// create_system 3 and external_attr 0o100644 << 16.
constexpr char kPythonsZip[] =
    "504b03041400000000000000210086a61036050000000500000005000000612e7478"
    "7468656c6c6f504b010214031400000000000000210086a610360500000005000000"
    "050000000000000000000000a48100000000612e747874504b050600000000010001"
    "0033000000280000000000";

TEST(StoredZipTest, WritesWhatPythonsZipfileWrites) {
  EXPECT_EQ(absl::BytesToHexString(WriteStoredZip({{"a.txt", "hello"}})),
            kPythonsZip);
}

TEST(StoredZipTest, KeepsOrderContentsAndTime) {
  const std::string zip =
      WriteStoredZip({{"b", "second letter"}, {"a", ""}}, {0x8ec7, 0x5631});
  EXPECT_EQ(absl::BytesToHexString(zip.substr(10, 4)), "c78e3156");
  const auto members = UnpackArchive(zip, "z", 1000);
  ASSERT_TRUE(members.ok()) << members.status();
  ASSERT_EQ(members->size(), 2u);
  EXPECT_EQ((*members)[0].name, "b");
  EXPECT_EQ((*members)[0].contents, "second letter");
  EXPECT_EQ((*members)[1].name, "a");
  EXPECT_EQ((*members)[1].contents, "");
}

}  // namespace
}  // namespace lineup
