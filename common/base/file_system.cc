#include "common/base/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"

namespace lineup {
namespace {

class RealWriter final : public FileSystem::Writer {
 public:
  RealWriter(int descriptor, std::string shown)
      : descriptor_(descriptor), shown_(std::move(shown)) {}
  ~RealWriter() override { close(descriptor_); }

  absl::Status Append(absl::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FileError(errno, "write", shown_);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    if (fsync(descriptor_) != 0) return FileError(errno, "flush", shown_);
    return absl::OkStatus();
  }

 private:
  const int descriptor_;
  const std::string shown_;
};

class RealReader final : public FileSystem::Reader {
 public:
  RealReader(std::string path, int descriptor, uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}
  ~RealReader() override { close(descriptor_); }

  uint64_t size() const override { return size_; }

  absl::Status ReadAt(uint64_t offset, char* out, size_t bytes) override {
    while (bytes > 0) {
      const ssize_t count = pread(descriptor_, out, bytes, offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return FileError(errno, "read", path_);
      if (count == 0) {
        return absl::DataLossError(
            absl::StrCat(path_, " has become shorter while it was read"));
      }
      out += count;
      offset += count;
      bytes -= count;
    }
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const int descriptor_;
  const uint64_t size_;
};

class RealFiles final : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<Writer>> Create(
      const std::string& path, const std::string& shown) override {
    const int descriptor =
        open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) return FileError(errno, "create", path);
    return std::make_unique<RealWriter>(descriptor, shown);
  }

  absl::StatusOr<std::unique_ptr<Reader>> Open(
      const std::string& path) override {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return FileError(errno, "open", path);
    struct stat info;
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
      close(descriptor);
      return absl::DataLossError(absl::StrCat(path, " is no regular file"));
    }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::make_unique<RealReader>(path, descriptor, info.st_size);
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) {
      return FileError(errno, "replace", to);
    }
    return absl::OkStatus();
  }

  absl::Status SyncDirectory(const std::string& path) override {
    const int descriptor =
        open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return FileError(errno, "open directory", path);
    const int result = fsync(descriptor);
    const int error_number = errno;
    close(descriptor);
    // Some file systems cannot flush a directory; they say so by EINVAL.
    if (result != 0 && error_number != EINVAL) {
      return FileError(error_number, "flush directory", path);
    }
    return absl::OkStatus();
  }

  absl::Status CreateDirectories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return FileError(error.value(), "create directory", path);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> List(
      const std::string& path) override {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entries(path, error);
    for (; !error && entries != std::filesystem::directory_iterator();
         entries.increment(error)) {
      names.push_back(entries->path().filename().string());
    }
    if (error) return FileError(error.value(), "list", path);
    return names;
  }

  absl::Status Remove(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return FileError(error.value(), "remove", path);
    return absl::OkStatus();
  }

  bool Exists(const std::string& path) override {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
  }

  bool IsDirectory(const std::string& path) override {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored);
  }
};

}  // namespace

FileSystem* RealFileSystem() {
  static RealFiles* const files = new RealFiles();
  return files;
}

}  // namespace lineup
