#include "common/checkpoint/checkpoint_directory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/part_file.h"
#include "common/checkpoint/shard_file.h"
#include "common/linear/owned_rows.h"

namespace lineup {
namespace {

constexpr absl::string_view kPrefix = "checkpoint-";
constexpr absl::string_view kManifest = "manifest";

std::string ManifestPath(absl::string_view directory, uint64_t number) {
  return absl::StrCat(CheckpointPath(directory, number), "/", kManifest);
}

bool HasManifest(const std::string& directory, uint64_t number,
                 FileSystem* files) {
  return files->Exists(ManifestPath(directory, number));
}

absl::StatusOr<v1::CheckpointManifest> ReadManifest(const std::string& path,
                                                    FileSystem* files) {
  LINEUP_ASSIGN_OR_RETURN(PartReader reader, PartReader::Open(path, files));
  LINEUP_ASSIGN_OR_RETURN(const std::optional<Part> part, reader.Next());
  if (!part.has_value() || part->kind != PartKind::kManifest) {
    return absl::DataLossError(
        absl::StrCat(path, ": its first part is not a manifest"));
  }
  std::string bytes;
  LINEUP_RETURN_IF_ERROR(reader.Read(&bytes));
  v1::CheckpointManifest manifest;
  if (!manifest.ParseFromString(bytes)) {
    return reader.Damaged(0,
                          "cannot be read; was it written by another "
                          "version of Lineup?");
  }
  LINEUP_ASSIGN_OR_RETURN(const std::optional<Part> end, reader.Next());
  if (end.has_value()) {
    return reader.Damaged(0, "another part, expected the end");
  }
  return manifest;
}

// Checks the header of a shard file against the manifest.
absl::Status CheckHeader(const PartReader& reader,
                         const v1::CheckpointShardHeader& header,
                         const v1::CheckpointManifest& manifest, int server) {
  if (header.checkpoint() != manifest.number() ||
      static_cast<int>(header.server()) != server ||
      static_cast<int>(header.num_servers()) != manifest.files_size() ||
      header.num_updates() != manifest.clocks().num_updates()) {
    return reader.Damaged(
        0, absl::StrCat("of checkpoint ", header.checkpoint(), ", server ",
                        header.server(), " of ", header.num_servers(), ", ",
                        header.num_updates(), " updates; expected checkpoint ",
                        manifest.number(), ", server ", server, " of ",
                        manifest.files_size(), ", ",
                        manifest.clocks().num_updates(), " updates"));
  }
  return absl::OkStatus();
}

// Reads all of a shard file and notes the slots in it.
absl::Status CheckShard(const std::string& path,
                        const v1::CheckpointManifest& manifest, int server,
                        FileSystem* files, OwnedRows::Slots* slots) {
  const v1::CheckpointFile& file = manifest.files(server);
  absl::StatusOr<PartReader> reader = PartReader::Open(path, files);
  if (absl::IsNotFound(reader.status())) {
    return absl::DataLossError(
        absl::StrCat(path, " is missing, expected ", file.bytes(), " bytes"));
  }
  LINEUP_RETURN_IF_ERROR(reader.status());
  LINEUP_RETURN_IF_ERROR(ReadShardFile(
      &*reader, OwnedRows::Slots().set(),
      [&](const v1::CheckpointShardHeader& header) {
        return CheckHeader(*reader, header, manifest, server);
      },
      [](uint32_t, absl::string_view) { return absl::OkStatus(); }, slots));
  if (reader->bytes() != file.bytes() ||
      reader->checksum() != file.checksum()) {
    return absl::DataLossError(
        absl::StrFormat("%s: %d bytes with checksum %016x, expected %d with "
                        "%016x: it is whole, "
                        "but another file than the one that was written",
                        path, reader->bytes(), reader->checksum(), file.bytes(),
                        file.checksum()));
  }
  return absl::OkStatus();
}

absl::Status Prune(const std::string& directory, uint64_t newest, uint32_t keep,
                   FileSystem* files) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers,
                          ListCheckpoints(directory, files));
  uint32_t kept = 1;
  for (auto it = numbers.rbegin(); it != numbers.rend(); ++it) {
    if (*it >= newest) continue;
    if (kept < keep && HasManifest(directory, *it, files)) {
      ++kept;
      continue;
    }
    LINEUP_RETURN_IF_ERROR(RemoveCheckpoint(directory, *it, files));
  }
  return absl::OkStatus();
}

}  // namespace

std::string CheckpointPath(absl::string_view directory, uint64_t number) {
  return absl::StrFormat("%s/%s%06d", directory, kPrefix, number);
}

std::string ShardFileName(size_t server, size_t num_servers) {
  return absl::StrCat("shard-", server, "-of-", num_servers);
}

absl::StatusOr<std::vector<uint64_t>> ListCheckpoints(
    const std::string& directory, FileSystem* files) {
  std::vector<uint64_t> numbers;
  absl::StatusOr<std::vector<std::string>> names = files->List(directory);
  if (absl::IsNotFound(names.status())) return numbers;
  LINEUP_RETURN_IF_ERROR(names.status());
  for (const std::string& name : *names) {
    absl::string_view digits = name;
    uint64_t number = 0;
    if (absl::ConsumePrefix(&digits, kPrefix) &&
        absl::SimpleAtoi(digits, &number)) {
      numbers.push_back(number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::Status PrepareCheckpointDirectory(const std::string& directory,
                                        FileSystem* files) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers,
                          ListCheckpoints(directory, files));
  if (!numbers.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the checkpoint directory ", directory,
        " holds checkpoints of an earlier job; go on from them (lineup "
        "resume), remove them, or name another directory"));
  }
  return files->CreateDirectories(directory);
}

absl::StatusOr<v1::CheckpointManifest> ReadCheckpoint(
    const std::string& directory, uint64_t number, FileSystem* files) {
  const std::string manifest_path = ManifestPath(directory, number);
  LINEUP_ASSIGN_OR_RETURN(v1::CheckpointManifest manifest,
                          ReadManifest(manifest_path, files));
  if (manifest.number() != number) {
    return absl::DataLossError(absl::StrCat(manifest_path, ": of checkpoint ",
                                            manifest.number(), ", expected ",
                                            number));
  }
  OwnedRows::Slots slots;
  for (int i = 0; i < manifest.files_size(); ++i) {
    LINEUP_RETURN_IF_ERROR(
        CheckShard(absl::StrCat(CheckpointPath(directory, number), "/",
                                manifest.files(i).name()),
                   manifest, i, files, &slots));
  }
  if (!slots.all()) {
    return absl::DataLossError(absl::StrCat(manifest_path, ": its files have ",
                                            slots.count(), " slots, expected ",
                                            kNumSlots));
  }
  return manifest;
}

absl::StatusOr<WholeCheckpoint> FindNewestCheckpoint(
    const std::string& directory, FileSystem* files) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers,
                          ListCheckpoints(directory, files));
  WholeCheckpoint found;
  for (auto it = numbers.rbegin(); it != numbers.rend(); ++it) {
    if (!HasManifest(directory, *it, files)) continue;
    absl::StatusOr<v1::CheckpointManifest> manifest =
        ReadCheckpoint(directory, *it, files);
    if (manifest.ok()) {
      found.manifest = *std::move(manifest);
      found.path = CheckpointPath(directory, *it);
      return found;
    }
    found.damaged.push_back(std::string(manifest.status().message()));
  }
  if (found.damaged.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no complete checkpoint in ", directory));
  }
  return absl::DataLossError(
      absl::StrCat("no checkpoint in ", directory,
                   " is whole: ", absl::StrJoin(found.damaged, "; ")));
}

absl::Status CompleteCheckpoint(const std::string& directory,
                                const v1::CheckpointManifest& manifest,
                                uint32_t keep, FileSystem* files) {
  LINEUP_RETURN_IF_ERROR(Failpoint("checkpoint.manifest.before"));
  LINEUP_ASSIGN_OR_RETURN(
      PartWriter writer,
      PartWriter::Create(ManifestPath(directory, manifest.number()), files));
  LINEUP_RETURN_IF_ERROR(
      writer.Add(PartKind::kManifest, 0, manifest.SerializeAsString()));
  LINEUP_RETURN_IF_ERROR(writer.Commit());
  LINEUP_RETURN_IF_ERROR(files->SyncDirectory(directory));
  LINEUP_RETURN_IF_ERROR(Failpoint("checkpoint.manifest.after"));
  LINEUP_RETURN_IF_ERROR(
      ReadCheckpoint(directory, manifest.number(), files).status());
  return Prune(directory, manifest.number(), keep, files);
}

absl::Status RemoveCheckpoint(const std::string& directory, uint64_t number,
                              FileSystem* files) {
  // First what makes it complete.
  LINEUP_RETURN_IF_ERROR(files->Remove(ManifestPath(directory, number)));
  return files->Remove(CheckpointPath(directory, number));
}

}  // namespace lineup
