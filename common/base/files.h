#ifndef LINEUP_COMMON_BASE_FILES_H_
#define LINEUP_COMMON_BASE_FILES_H_

// Whole files read and written so that a crash or a full disk never leaves a
// half-written file under a name that somebody relies on.
//
// Every error names the path, the operating system's reason and the next step
// ("cannot open /data/a.csv: No such file or directory; check the path").

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/file_system.h"

namespace lineup {

// The error for a failed system call: `error_number` is its errno, `action`
// says what was tried ("open", "write to"). Missing files are NotFound, full
// disks ResourceExhausted, refused access PermissionDenied, the rest Internal.
absl::Status FileError(int error_number, absl::string_view action,
                       absl::string_view path);

// Reads a regular file, or whatever else can be read to its end (a pipe).
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Replaces `path` by `contents`: after a crash at any moment the file holds
// either what it held before or all of `contents`. See AtomicFile.
absl::Status AtomicWriteFile(const std::string& path,
                             absl::string_view contents);

// Creates a directory and those above it; no error if it exists already.
absl::Status CreateDirectories(const std::string& path);

// Makes the names in a directory durable (fsync of the directory).
absl::Status SyncDirectory(const std::string& path);

// A file that appears under its name only when it is complete. It is written
// beside its target (so the disk is the same), flushed to the disk, renamed,
// and then the directory is flushed. Without Commit() the target stays as it
// was and the temporary file is removed.
//
//   LINEUP_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
//   LINEUP_RETURN_IF_ERROR(file.Append(header));
//   LINEUP_RETURN_IF_ERROR(file.Append(body));
//   return file.Commit();
//
// For one thread at a time. Replaces a symbolic link instead of following it.
class AtomicFile {
 public:
  // `files` must outlive the file.
  static absl::StatusOr<AtomicFile> Create(
      const std::string& path, FileSystem* files = RealFileSystem());

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile();

  // Adds to the end. After an error only destruction is useful.
  absl::Status Append(absl::string_view contents);

  // Makes the file durable and visible. At most once, and nothing after it.
  absl::Status Commit();

  const std::string& path() const { return path_; }

 private:
  AtomicFile(FileSystem* files, std::string path, std::string temporary_path,
             std::unique_ptr<FileSystem::Writer> writer);

  // Closes and removes what was not committed.
  void Discard();

  FileSystem* files_;
  std::string path_;
  std::string temporary_path_;                  // beside path_
  std::unique_ptr<FileSystem::Writer> writer_;  // null: committed, moved from
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_FILES_H_
