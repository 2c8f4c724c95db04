#ifndef LINEUP_COMMON_CHECKPOINT_PART_FILE_H_
#define LINEUP_COMMON_CHECKPOINT_PART_FILE_H_

// Files of checkpoints: a series of parts, each with a kind, a key and a
// checksum over all of it, so that any damage is found and said where it is.
// docs/formats.md, "Checkpoint", describes the bytes.
//
//   LINEUP_ASSIGN_OR_RETURN(PartWriter writer, PartWriter::Create(path));
//   LINEUP_RETURN_IF_ERROR(writer.Add(PartKind::kSlot, slot, bytes));
//   LINEUP_RETURN_IF_ERROR(writer.Commit());     // now it is there, and whole
//
//   LINEUP_ASSIGN_OR_RETURN(PartReader reader, PartReader::Open(path));
//   LINEUP_ASSIGN_OR_RETURN(auto part, reader.Next());
//   while (part.has_value()) { ... reader.Read(&bytes) or not ... }
//
// Thread safety: one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/checksum.h"
#include "common/base/file_system.h"
#include "common/base/files.h"

namespace lineup {

// The numbers are part of the format.
enum class PartKind : uint32_t {
  kEnd = 0,       // the last; its key is the number of parts before it
  kManifest = 1,  // v1.CheckpointManifest
  kHeader = 2,    // v1.CheckpointShardHeader
  kSlot = 3       // rows; the key is their slot
};

struct Part {
  PartKind kind;
  uint32_t key;
  uint64_t bytes;
  uint64_t offset;  // of the part in the file
};

class PartWriter {
 public:
  // The file appears under its name with Commit() (common/base/files.h).
  static absl::StatusOr<PartWriter> Create(
      const std::string& path, FileSystem* files = RealFileSystem());

  absl::Status Add(PartKind kind, uint32_t key, absl::string_view payload);
  // At most once, and nothing after it.
  absl::Status Commit();

  // Of the whole file, after Commit().
  uint64_t bytes() const { return bytes_; }
  uint64_t checksum() const { return checksum_.Digest(); }

 private:
  explicit PartWriter(AtomicFile file) : file_(std::move(file)) {}
  absl::Status Write(absl::string_view bytes);

  AtomicFile file_;
  ChecksumStream checksum_;
  uint64_t bytes_ = 0;
  uint32_t parts_ = 0;
};

// What is wrong with a file is DATA_LOSS: path, offset, what was found and what
// was expected.
class PartReader {
 public:
  static absl::StatusOr<PartReader> Open(const std::string& path,
                                         FileSystem* files = RealFileSystem());
  // A file in memory, which must outlive the reader; `name` is for errors.
  static absl::StatusOr<PartReader> OfBytes(absl::string_view bytes,
                                            const std::string& name);

  PartReader(PartReader&&) noexcept;
  PartReader& operator=(PartReader&&) noexcept;
  ~PartReader();

  // The next part, or none at the end of the file. The part before need not
  // have been read; then nothing is known about its payload.
  absl::StatusOr<std::optional<Part>> Next();

  // Reads and checks the payload of the part that Next() gave; once a part.
  absl::Status Read(std::string* payload);

  // What is wrong with the part that Next() gave, in the words of all errors
  // here; `at` is an offset in its payload.
  absl::Status Damaged(uint64_t at, absl::string_view problem) const;

  // At the end of a file all of whose parts were read.
  uint64_t bytes() const { return size_; }
  uint64_t checksum() const { return checksum_.Digest(); }

 private:
  PartReader(std::unique_ptr<FileSystem::Reader> source, std::string name);
  absl::Status ReadStart();
  absl::Status ReadHere(char* out, size_t bytes, absl::string_view what);
  absl::Status DamagedAt(uint64_t offset, absl::string_view problem) const;

  std::unique_ptr<FileSystem::Reader> source_;
  std::string name_;  // for errors
  uint64_t size_ = 0;
  uint64_t at_ = 0;
  std::string head_;  // of the part
  Part part_{};
  bool unread_ = false;
  uint32_t parts_ = 0;
  ChecksumStream checksum_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_CHECKPOINT_PART_FILE_H_
