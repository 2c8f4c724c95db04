#include "worker/spill_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/checksum.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

using Shape = SpillFile::Stored::Shape;

Shape ShapeOf(const Examples& block) {
  return {block.sparse,           block.num_features,  block.labels.size(),
          block.weights.size(),   block.values.size(), block.feature_ids.size(),
          block.row_starts.size()};
}

Examples MakeBlock(const Shape& shape) {
  Examples block;
  block.sparse = shape.sparse;
  block.num_features = shape.num_features;
  block.labels.resize(shape.labels);
  block.weights.resize(shape.weights);
  block.values.resize(shape.values);
  block.feature_ids.resize(shape.feature_ids);
  block.row_starts.resize(shape.row_starts);
  return block;
}

// Calls part(pointer, bytes) for the arrays of a block, in their order.
template <typename Block, typename Part>
absl::Status ForEachArray(Block& block, Part part) {
  const auto visit = [&](auto& array) {
    return part(array.data(), array.size() * sizeof(array[0]));
  };
  LINEUP_RETURN_IF_ERROR(visit(block.labels));
  LINEUP_RETURN_IF_ERROR(visit(block.weights));
  LINEUP_RETURN_IF_ERROR(visit(block.values));
  LINEUP_RETURN_IF_ERROR(visit(block.feature_ids));
  return visit(block.row_starts);
}

// read() and write() take at most 2 GiB.
constexpr size_t kMaxCall = size_t{1} << 30;

// Both return 0 or an errno.
int WriteAt(int descriptor, const void* data, size_t bytes, uint64_t at) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t n = pwrite(descriptor, from, std::min(bytes, kMaxCall), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0 ? errno : ENOSPC;
    from += n;
    at += n;
    bytes -= n;
  }
  return 0;
}

int ReadAt(int descriptor, void* data, size_t bytes, uint64_t at) {
  char* to = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t n = pread(descriptor, to, std::min(bytes, kMaxCall), at);
    if (n < 0 && errno == EINTR) continue;
    // The file is ours: it cannot be shorter.
    if (n <= 0) return n < 0 ? errno : EIO;
    to += n;
    at += n;
    bytes -= n;
  }
  return 0;
}

void AddTo(ChecksumStream* checksum, const void* data, size_t bytes) {
  checksum->Update({static_cast<const char*>(data), bytes});
}

// Opens a file without a name; -1 and errno if that fails.
int OpenUnnamed(const std::string& directory) {
#ifdef O_TMPFILE
  const int unnamed =
      open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return unnamed;
#endif
  std::string path = absl::StrCat(directory, "/lineup-cache-XXXXXX");
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) unlink(path.c_str());
  return named;
}

}  // namespace

SpillFile::SpillFile(std::string directory)
    : directory_(std::move(directory)) {}

SpillFile::~SpillFile() {
  MutexLock lock(&mutex_);
  if (descriptor_ >= 0) close(descriptor_);
}

int SpillFile::descriptor() const {
  MutexLock lock(&mutex_);
  return descriptor_;
}

absl::Status SpillFile::Error(int error_number, const char* action) const {
  const absl::Status error = FileError(error_number, action, directory_);
  return absl::Status(
      error.code(),
      absl::StrCat("cache of parsed data: ", error.message(),
                   "; --cache-dir chooses another directory, --cache-memory "
                   "how much is kept in memory"));
}

absl::StatusOr<uint64_t> SpillFile::Reserve(uint64_t bytes) {
  MutexLock lock(&mutex_);
  if (descriptor_ < 0) {
    descriptor_ = OpenUnnamed(directory_);
    if (descriptor_ < 0) return Error(errno, "make a file in");
  }
  const uint64_t begin = end_;
  end_ += bytes;
  return begin;
}

absl::StatusOr<SpillFile::Stored> SpillFile::Append(
    const std::vector<Examples>& blocks) {
  Stored stored;
  for (const Examples& block : blocks) {
    stored.shapes.push_back(ShapeOf(block));
    stored.bytes += block.bytes();
  }
  LINEUP_ASSIGN_OR_RETURN(stored.begin, Reserve(stored.bytes));
  const absl::Status written = Write(blocks, &stored);
  if (written.ok()) return stored;
#ifdef FALLOC_FL_PUNCH_HOLE
  // Gives the space back. Where that cannot be done, it is wasted.
  (void)fallocate(descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  stored.begin, stored.bytes);
#endif
  return written;
}

absl::Status SpillFile::Write(const std::vector<Examples>& blocks,
                              Stored* stored) {
  const int file = descriptor();
  ChecksumStream checksum;
  uint64_t at = stored->begin;
  const auto write = [&](const void* data, size_t bytes) -> absl::Status {
    AddTo(&checksum, data, bytes);
    const int error = WriteAt(file, data, bytes, at);
    at += bytes;
    return error == 0 ? absl::OkStatus() : Error(error, "write to");
  };
  for (const Examples& block : blocks) {
    LINEUP_RETURN_IF_ERROR(ForEachArray(block, write));
  }
  stored->checksum = checksum.Digest();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Examples>> SpillFile::Read(
    const Stored& stored) const {
  const int file = descriptor();
  ChecksumStream checksum;
  std::vector<Examples> blocks;
  uint64_t at = stored.begin;
  const auto read = [&](void* data, size_t bytes) -> absl::Status {
    const int error = ReadAt(file, data, bytes, at);
    if (error != 0) return Error(error, "read from");
    AddTo(&checksum, data, bytes);
    at += bytes;
    return absl::OkStatus();
  };
  for (const Shape& shape : stored.shapes) {
    blocks.push_back(MakeBlock(shape));
    LINEUP_RETURN_IF_ERROR(ForEachArray(blocks.back(), read));
  }
  if (checksum.Digest() != stored.checksum) return Error(EIO, "read from");
  return blocks;
}

}  // namespace lineup
