#include "common/checkpoint/part_file.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

std::string TestPath() {
  return absl::StrCat(
      ::testing::TempDir(), "/",
      ::testing::UnitTest::GetInstance()->current_test_info()->name());
}

// A file of a header and two slots.
std::string WriteSample() {
  const std::string path = TestPath();
  PartWriter writer = PartWriter::Create(path).value();
  EXPECT_TRUE(writer.Add(PartKind::kHeader, 0, "head").ok());
  EXPECT_TRUE(writer.Add(PartKind::kSlot, 7, std::string(100, 'a')).ok());
  EXPECT_TRUE(writer.Add(PartKind::kSlot, 9, "").ok());
  EXPECT_TRUE(writer.Commit().ok());
  return path;
}

absl::Status ReadAll(PartReader reader) {
  std::string payload;
  for (;;) {
    absl::StatusOr<std::optional<Part>> part = reader.Next();
    if (!part.ok()) return part.status();
    if (!part->has_value()) return absl::OkStatus();
    if (absl::Status status = reader.Read(&payload); !status.ok()) {
      return status;
    }
  }
}

absl::Status ReadAllOf(absl::string_view bytes) {
  absl::StatusOr<PartReader> reader = PartReader::OfBytes(bytes, "f");
  return reader.ok() ? ReadAll(*std::move(reader)) : reader.status();
}

TEST(PartFileTest, GivesBackWhatWasWritten) {
  const std::string path = WriteSample();
  PartReader reader = PartReader::Open(path).value();
  std::string payload;
  Part part = reader.Next()->value();
  EXPECT_EQ(part.kind, PartKind::kHeader);
  ASSERT_TRUE(reader.Read(&payload).ok());
  EXPECT_EQ(payload, "head");
  part = reader.Next()->value();
  EXPECT_EQ(part.kind, PartKind::kSlot);
  EXPECT_EQ(part.key, 7u);
  part = reader.Next()->value();  // slot 7 was passed over
  EXPECT_EQ(part.key, 9u);
  ASSERT_TRUE(reader.Read(&payload).ok());
  EXPECT_EQ(payload, "");
  EXPECT_FALSE(reader.Next()->has_value());
}

TEST(PartFileTest, TellsTheChecksumOfTheFile) {
  PartWriter writer = PartWriter::Create(TestPath()).value();
  ASSERT_TRUE(writer.Add(PartKind::kSlot, 7, "abc").ok());
  ASSERT_TRUE(writer.Commit().ok());
  const std::string bytes = ReadFile(TestPath()).value();
  EXPECT_EQ(writer.bytes(), bytes.size());
  EXPECT_EQ(writer.checksum(), Checksum(bytes));
  PartReader reader = PartReader::Open(TestPath()).value();
  std::string payload;
  ASSERT_TRUE(reader.Next()->has_value());
  ASSERT_TRUE(reader.Read(&payload).ok());
  ASSERT_FALSE(reader.Next()->has_value());
  EXPECT_EQ(reader.bytes(), bytes.size());
  EXPECT_EQ(reader.checksum(), Checksum(bytes));
}

TEST(PartFileTest, NothingAppearsBeforeCommit) {
  const std::string path = TestPath();
  {
    PartWriter writer = PartWriter::Create(path).value();
    EXPECT_TRUE(writer.Add(PartKind::kSlot, 7, "x").ok());
  }
  EXPECT_TRUE(absl::IsNotFound(PartReader::Open(path).status()));
}

TEST(PartFileTest, EveryFlippedBitIsFound) {
  const std::string whole = ReadFile(WriteSample()).value();
  ASSERT_TRUE(ReadAllOf(whole).ok());
  for (size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] ^= 1 << bit;
      const absl::Status status = ReadAllOf(damaged);
      EXPECT_TRUE(absl::IsDataLoss(status)) << i << "." << bit << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("f: byte "));
    }
  }
}

TEST(PartFileTest, EveryTruncationIsFound) {
  const std::string whole = ReadFile(WriteSample()).value();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(ReadAllOf(whole.substr(0, size)))) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(ReadAllOf(whole + "x")));
}

TEST(PartFileTest, TheVersionBeforeIsRead) {
  std::string bytes = ReadFile(WriteSample()).value();
  ASSERT_EQ(bytes[8], 2);
  bytes[8] = 1;
  EXPECT_TRUE(ReadAllOf(bytes).ok()) << ReadAllOf(bytes);
}

TEST(PartFileTest, ErrorsNameThePartAndWhatWasExpected) {
  std::string bytes = ReadFile(WriteSample()).value();
  std::string damaged = bytes;
  damaged[12 + 24 + 4 + 24 + 10] ^= 1;  // within slot 7
  EXPECT_THAT(std::string(ReadAllOf(damaged).message()),
              ::testing::MatchesRegex("f: byte 64: slot 7: checksum "
                                      "[0-9a-f]{16}, expected [0-9a-f]{16}"));
  damaged = bytes;
  damaged[0] = 'X';
  EXPECT_THAT(std::string(ReadAllOf(damaged).message()),
              HasSubstr("should start with \"LineupCP\""));
  damaged = bytes;
  damaged[8] = 3;
  EXPECT_THAT(std::string(ReadAllOf(damaged).message()),
              HasSubstr("version 3 of the format"));
  EXPECT_THAT(std::string(ReadAllOf(bytes.substr(0, 70)).message()),
              HasSubstr("slot 7: its length should be 100 bytes, but the file "
                        "has only 6 more"));
}

}  // namespace
}  // namespace lineup
