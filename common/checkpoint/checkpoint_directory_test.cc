#include "common/checkpoint/checkpoint_directory.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/checkpoint/part_file.h"
#include "common/linear/row_set.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckpointDirectoryTest : public ::testing::Test {
 protected:
  CheckpointDirectoryTest()
      : directory_(absl::StrCat(
            ::testing::TempDir(), "/",
            ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
  }

  // The shards of a checkpoint of two servers, and its manifest.
  v1::CheckpointManifest WriteShards(uint64_t number) {
    v1::CheckpointManifest manifest;
    manifest.set_number(number);
    manifest.set_job("job-1");
    manifest.mutable_clocks()->set_num_updates(5);
    EXPECT_TRUE(CreateDirectories(CheckpointPath(directory_, number)).ok());
    for (uint32_t server = 0; server < 2; ++server) {
      v1::CheckpointFile* file = manifest.add_files();
      file->set_name(ShardFileName(server, 2));
      PartWriter writer =
          PartWriter::Create(absl::StrCat(CheckpointPath(directory_, number),
                                          "/", file->name()))
              .value();
      v1::CheckpointShardHeader header;
      header.set_checkpoint(number);
      header.set_server(server);
      header.set_num_servers(2);
      header.set_num_updates(5);
      EXPECT_TRUE(
          writer.Add(PartKind::kHeader, 0, header.SerializeAsString()).ok());
      for (uint32_t slot = server * 128; slot < (server + 1) * 128; ++slot) {
        EXPECT_TRUE(
            writer.Add(PartKind::kSlot, slot, absl::StrCat("slot", slot)).ok());
      }
      EXPECT_TRUE(writer.Commit().ok());
      file->set_bytes(writer.bytes());
      file->set_checksum(writer.checksum());
    }
    return manifest;
  }

  void Write(uint64_t number, uint32_t keep = 2) {
    const absl::Status status =
        CompleteCheckpoint(directory_, WriteShards(number), keep);
    EXPECT_TRUE(status.ok()) << status;
  }

  std::string File(uint64_t number, const std::string& name) {
    return absl::StrCat(CheckpointPath(directory_, number), "/", name);
  }
  void Flip(const std::string& path, size_t byte) {
    std::string bytes = ReadFile(path).value();
    bytes[byte] ^= 1;
    EXPECT_TRUE(AtomicWriteFile(path, bytes).ok());
  }
  void Truncate(const std::string& path, size_t bytes) {
    std::filesystem::resize_file(path, bytes);
  }

  const std::string directory_;
};

TEST_F(CheckpointDirectoryTest, FindsTheNewest) {
  Write(1);
  Write(2);
  const WholeCheckpoint found = FindNewestCheckpoint(directory_).value();
  EXPECT_EQ(found.manifest.number(), 2u);
  EXPECT_EQ(found.path, CheckpointPath(directory_, 2));
  EXPECT_THAT(found.damaged, IsEmpty());
}

TEST_F(CheckpointDirectoryTest, IncompleteOnesDoNotCount) {
  Write(1);
  WriteShards(2);
  const WholeCheckpoint found = FindNewestCheckpoint(directory_).value();
  EXPECT_EQ(found.manifest.number(), 1u);
  EXPECT_THAT(found.damaged, IsEmpty());
}

TEST_F(CheckpointDirectoryTest, KeepsAsManyAsAskedFor) {
  for (uint64_t number = 1; number <= 4; ++number) Write(number, 2);
  EXPECT_THAT(ListCheckpoints(directory_).value(), ElementsAre(3, 4));
  WriteShards(5);  // broken off
  Write(6, 3);
  EXPECT_THAT(ListCheckpoints(directory_).value(), ElementsAre(3, 4, 6));
}

TEST_F(CheckpointDirectoryTest, NothingIsRemovedBeforeTheNewOneIsProven) {
  Write(1);
  Write(2);
  const v1::CheckpointManifest manifest = WriteShards(3);
  Flip(File(3, "shard-1-of-2"), 1000);
  const absl::Status status = CompleteCheckpoint(directory_, manifest, 1);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(ListCheckpoints(directory_).value(), ElementsAre(1, 2, 3));
  EXPECT_EQ(FindNewestCheckpoint(directory_)->manifest.number(), 2u);
}

TEST_F(CheckpointDirectoryTest, ANewJobWantsItEmpty) {
  EXPECT_TRUE(PrepareCheckpointDirectory(directory_).ok());
  EXPECT_TRUE(PrepareCheckpointDirectory(directory_).ok());
  Write(1);
  EXPECT_THAT(std::string(PrepareCheckpointDirectory(directory_).message()),
              HasSubstr("checkpoints of an earlier job"));
}

TEST_F(CheckpointDirectoryTest, NoneAtAllIsToldFromNoneThatIsWhole) {
  EXPECT_TRUE(absl::IsNotFound(FindNewestCheckpoint(directory_).status()));
  Write(1);
  Flip(File(1, "manifest"), 50);
  EXPECT_TRUE(absl::IsDataLoss(FindNewestCheckpoint(directory_).status()));
}

TEST_F(CheckpointDirectoryTest, DamageIsNamedAndTheOneBeforeIsUsed) {
  const struct {
    std::string what;
    std::function<void()> damage;
    std::string file;
    std::string says;
  } cases[] = {
      {"manifest truncated", [&] { Truncate(File(2, "manifest"), 60); },
       "manifest", "byte 36: the manifest: its length should be"},
      {"manifest's start", [&] { Flip(File(2, "manifest"), 3); }, "manifest",
       "byte 0: not a checkpoint file"},
      {"manifest's version", [&] { Flip(File(2, "manifest"), 8); }, "manifest",
       "byte 8: version 3 of the format"},
      {"manifest flipped", [&] { Flip(File(2, "manifest"), 50); }, "manifest",
       "byte 36: the manifest: checksum "},
      {"manifest of another",
       [&] {
         std::filesystem::copy_file(
             File(1, "manifest"), File(2, "manifest"),
             std::filesystem::copy_options::overwrite_existing);
       },
       "manifest", "of checkpoint 1, expected 2"},
      {"shard missing",
       [&] { std::filesystem::remove(File(2, "shard-1-of-2")); },
       "shard-1-of-2", "is missing, expected "},
      {"shard empty", [&] { Truncate(File(2, "shard-0-of-2"), 0); },
       "shard-0-of-2", "byte 0: the file ends after 0 of the 12 bytes"},
      {"shard truncated", [&] { Truncate(File(2, "shard-0-of-2"), 200); },
       "shard-0-of-2", "the file ends after "},
      {"shard without its end",
       [&] {
         const std::string path = File(2, "shard-0-of-2");
         Truncate(path, std::filesystem::file_size(path) - 24);
       },
       "shard-0-of-2", "the file ends after 0 of the 24 bytes"},
      {"shard's header", [&] { Flip(File(2, "shard-1-of-2"), 40); },
       "shard-1-of-2", "byte 36: the header: checksum "},
      {"shard's first slot", [&] { Flip(File(2, "shard-1-of-2"), 80); },
       "shard-1-of-2", ": checksum "},
      {"shard's last slot",
       [&] {
         const std::string path = File(2, "shard-1-of-2");
         Flip(path, std::filesystem::file_size(path) - 25);
       },
       "shard-1-of-2", "slot 255: checksum "},
      {"shard's end",
       [&] {
         const std::string path = File(2, "shard-1-of-2");
         Flip(path, std::filesystem::file_size(path) - 20);
       },
       "shard-1-of-2", "the end: checksum "},
      {"shard with more",
       [&] {
         const std::string path = File(2, "shard-1-of-2");
         EXPECT_TRUE(
             AtomicWriteFile(path, ReadFile(path).value() + "more").ok());
       },
       "shard-1-of-2", "4 bytes after the end"},
      {"shard of another checkpoint",
       [&] {
         std::filesystem::copy_file(
             File(1, "shard-0-of-2"), File(2, "shard-0-of-2"),
             std::filesystem::copy_options::overwrite_existing);
       },
       "shard-0-of-2", "expected checkpoint 2, server 0 of 2"},
  };
  for (const auto& c : cases) {
    std::filesystem::remove_all(directory_);
    Write(1);
    Write(2);
    c.damage();
    const absl::StatusOr<WholeCheckpoint> found =
        FindNewestCheckpoint(directory_);
    ASSERT_TRUE(found.ok()) << c.what << found.status();
    EXPECT_EQ(found->manifest.number(), 1u) << c.what;
    ASSERT_EQ(found->damaged.size(), 1u) << c.what;
    EXPECT_THAT(found->damaged[0], HasSubstr(File(2, c.file))) << c.what;
    EXPECT_THAT(found->damaged[0], HasSubstr(c.says)) << c.what;
  }
}

}  // namespace
}  // namespace lineup
