#ifndef LINEUP_COMMON_CHECKPOINT_CHECKPOINT_DIRECTORY_H_
#define LINEUP_COMMON_CHECKPOINT_CHECKPOINT_DIRECTORY_H_

// The checkpoints of one job, on a file system that its coordinator and servers
// share:
//
//   DIR/checkpoint-000007/shard-0-of-2    each written by its server
//                         shard-1-of-2
//                         manifest        written last, by the coordinator
//
// Every file is written beside its name, flushed to the disk and renamed, so a
// checkpoint with a manifest was complete when the manifest was written.
// Whether it still is whole is seen by reading it: all of it, before anything
// depends on it. Older checkpoints are removed only after a newer one was read
// back.
//
// Files are those of the operating system, unless others are given.
//
// Thread safety: pure functions; one process at a time writes manifests and
// removes checkpoints.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/file_system.h"
#include "proto/checkpoint.pb.h"

namespace lineup {

std::string CheckpointPath(absl::string_view directory, uint64_t number);
std::string ShardFileName(size_t server, size_t num_servers);

// Numbers of the checkpoints that there are traces of, ascending, whole or not;
// none if there is no such directory.
absl::StatusOr<std::vector<uint64_t>> ListCheckpoints(
    const std::string& directory, FileSystem* files = RealFileSystem());

// For a job that begins: makes the directory, which must not hold checkpoints
// of another one (FAILED_PRECONDITION).
absl::Status PrepareCheckpointDirectory(const std::string& directory,
                                        FileSystem* files = RealFileSystem());

// Reads all of a checkpoint; its manifest, if it is whole. Otherwise what is
// wrong first: file, place, what was found and what was expected.
absl::StatusOr<v1::CheckpointManifest> ReadCheckpoint(
    const std::string& directory, uint64_t number,
    FileSystem* files = RealFileSystem());

struct WholeCheckpoint {
  v1::CheckpointManifest manifest;
  std::string path;
  // Newer ones that were passed over: what is wrong with each.
  std::vector<std::string> damaged;
};

// The newest checkpoint that is whole. NOT_FOUND if there is none at all,
// DATA_LOSS if there are only damaged ones. Checkpoints without a manifest were
// never complete, and are not told of.
absl::StatusOr<WholeCheckpoint> FindNewestCheckpoint(
    const std::string& directory, FileSystem* files = RealFileSystem());

// Writes the manifest, whose files are there, reads all of the checkpoint back,
// and then removes all older ones but the newest keep - 1 complete ones.
absl::Status CompleteCheckpoint(const std::string& directory,
                                const v1::CheckpointManifest& manifest,
                                uint32_t keep,
                                FileSystem* files = RealFileSystem());

// Removes what there is of a checkpoint.
absl::Status RemoveCheckpoint(const std::string& directory, uint64_t number,
                              FileSystem* files = RealFileSystem());

}  // namespace lineup

#endif  // LINEUP_COMMON_CHECKPOINT_CHECKPOINT_DIRECTORY_H_
