#ifndef LINEUP_COMMON_BASE_FILE_SYSTEM_H_
#define LINEUP_COMMON_BASE_FILE_SYSTEM_H_

// The few operations on files that durable files are made of
// (common/base/files.h, common/checkpoint): the operating system's, or a
// simulated disk that loses in a crash what was not flushed.
//
// Errors are those of FileError (common/base/files.h).
//
// Thread-safe, but a Writer is for one thread at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lineup {

class FileSystem {
 public:
  // A new file; its destruction closes it.
  class Writer {
   public:
    virtual ~Writer() = default;
    virtual absl::Status Append(absl::string_view bytes) = 0;
    // Makes what was appended durable, but not the file's name.
    virtual absl::Status Sync() = 0;
  };
  class Reader {
   public:
    virtual ~Reader() = default;
    virtual uint64_t size() const = 0;
    // [offset, offset + bytes) lies within size().
    virtual absl::Status ReadAt(uint64_t offset, char* out, size_t bytes) = 0;
  };

  virtual ~FileSystem() = default;

  // ALREADY_EXISTS if the path does. Errors name `shown` instead of `path`.
  virtual absl::StatusOr<std::unique_ptr<Writer>> Create(
      const std::string& path, const std::string& shown) = 0;
  // A regular file, to be read once from its start: what the disk has, not what
  // memory remembers of it. DATA_LOSS if it is something else.
  virtual absl::StatusOr<std::unique_ptr<Reader>> Open(
      const std::string& path) = 0;
  // Gives the file another name, in place of what has that name.
  virtual absl::Status Rename(const std::string& from,
                              const std::string& to) = 0;
  // Makes the names in a directory durable.
  virtual absl::Status SyncDirectory(const std::string& path) = 0;
  // The directory and those above it; no error if it is there.
  virtual absl::Status CreateDirectories(const std::string& path) = 0;
  // Names in a directory, in any order.
  virtual absl::StatusOr<std::vector<std::string>> List(
      const std::string& path) = 0;
  // A file, or a directory with all in it; no error if it is not there.
  virtual absl::Status Remove(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  virtual bool IsDirectory(const std::string& path) = 0;
};

// The operating system's.
FileSystem* RealFileSystem();

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_FILE_SYSTEM_H_
