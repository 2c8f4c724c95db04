#ifndef LINEUP_SERVER_SHARD_SNAPSHOT_H_
#define LINEUP_SERVER_SHARD_SNAPSHOT_H_

// A server's part of a checkpoint: the rows of its slots, copied in memory
// while the shard stands and written afterwards while it goes on; and the way
// back.
//
// A copy has no padding and no index, so it takes less memory than the shard
// (server/slot_rows.h).
//
// Thread safety: plain functions and values; the shard is the caller's to lock.

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/base/file_system.h"
#include "common/base/thread_pool.h"
#include "common/checkpoint/part_file.h"
#include "common/linear/owned_rows.h"
#include "common/linear/row_set.h"
#include "proto/checkpoint.pb.h"
#include "server/shard.h"

namespace lineup {

v1::TrainingClocks EncodeClocks(const ShardClocks& clocks);
ShardClocks DecodeClocks(const v1::TrainingClocks& message);

class ShardSnapshot {
 public:
  // Copies a shard that stands, on the threads of `pool`.
  ShardSnapshot(const Shard& shard, const OwnedRows& owned, ThreadPool* pool);

  const ShardClocks& clocks() const { return clocks_; }

  // Writes the file whole or not at all. Of `header`, what the snapshot knows
  // itself is filled in.
  absl::StatusOr<v1::CheckpointFile> Write(
      const std::string& path, v1::CheckpointShardHeader header,
      FileSystem* files = RealFileSystem()) const;

 private:
  ShardClocks clocks_;
  OwnedRows owned_;
  uint32_t columns_;
  uint32_t vectors_;
  uint64_t rows_ = 0;
  std::array<std::string, kNumSlots> slots_;
};

// Puts the rows of the owned slots that a file has into a new shard, after
// Shard::Restore. What is wrong with the file is DATA_LOSS. `found` notes the
// slots.
absl::Status RestoreRows(PartReader* reader, const OwnedRows& owned,
                         Shard* shard, OwnedRows::Slots* found);

// Makes a new shard what the servers of a checkpoint were: its clocks, and the
// owned slots out of all its files.
absl::Status RestoreShard(const v1::TrainingClocks& clocks,
                          absl::Span<const std::string> paths,
                          const OwnedRows& owned, Shard* shard,
                          FileSystem* files = RealFileSystem());

}  // namespace lineup

#endif  // LINEUP_SERVER_SHARD_SNAPSHOT_H_
