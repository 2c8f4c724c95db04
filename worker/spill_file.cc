#include "worker/spill_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

// What stands before each block.
struct Header {
  uint64_t sparse = 0;
  uint64_t num_features = 0;
  uint64_t labels = 0;
  uint64_t weights = 0;
  uint64_t values = 0;
  uint64_t feature_ids = 0;
  uint64_t row_starts = 0;
};

Header HeaderOf(const Examples& block) {
  return {block.sparse,           block.num_features,  block.labels.size(),
          block.weights.size(),   block.values.size(), block.feature_ids.size(),
          block.row_starts.size()};
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

bool WriteAt(int descriptor, const void* data, size_t bytes, uint64_t at) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t n = pwrite(descriptor, from, std::min(bytes, kMaxCall), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    from += n;
    at += n;
    bytes -= n;
  }
  return true;
}

bool ReadAt(int descriptor, void* data, size_t bytes, uint64_t at) {
  char* to = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t n = pread(descriptor, to, std::min(bytes, kMaxCall), at);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = EIO;  // the file is ours: it cannot be shorter
    if (n <= 0) return false;
    to += n;
    at += n;
    bytes -= n;
  }
  return true;
}

}  // namespace

SpillFile::SpillFile(std::string directory)
    : directory_(std::move(directory)) {}

SpillFile::~SpillFile() {
  MutexLock lock(&mutex_);
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status SpillFile::Error(const char* action) const {
  const absl::Status error = FileError(errno, action, directory_);
  return absl::Status(
      error.code(),
      absl::StrCat("cache of parsed data: ", error.message(),
                   "; --cache-dir chooses another directory, --cache-memory "
                   "how much is kept in memory"));
}

absl::StatusOr<uint64_t> SpillFile::Reserve(uint64_t bytes) {
  MutexLock lock(&mutex_);
  if (descriptor_ < 0) {
    std::string path = absl::StrCat(directory_, "/lineup-cache-XXXXXX");
    descriptor_ = mkostemp(path.data(), O_CLOEXEC);
    if (descriptor_ < 0) return Error("make a file in");
    unlink(path.c_str());
  }
  const uint64_t begin = end_;
  end_ += bytes;
  return begin;
}

absl::StatusOr<SpillFile::Range> SpillFile::Append(
    const std::vector<Examples>& blocks) {
  Range range;
  for (const Examples& block : blocks) {
    range.size += sizeof(Header) + block.bytes();
  }
  LINEUP_ASSIGN_OR_RETURN(range.begin, Reserve(range.size));
  int descriptor;
  {
    MutexLock lock(&mutex_);
    descriptor = descriptor_;
  }
  uint64_t at = range.begin;
  const auto write = [&](const void* data, size_t bytes) -> absl::Status {
    if (!WriteAt(descriptor, data, bytes, at)) return Error("write to");
    at += bytes;
    return absl::OkStatus();
  };
  for (const Examples& block : blocks) {
    const Header header = HeaderOf(block);
    LINEUP_RETURN_IF_ERROR(write(&header, sizeof(header)));
    LINEUP_RETURN_IF_ERROR(ForEachArray(block, write));
  }
  return range;
}

absl::StatusOr<std::vector<Examples>> SpillFile::Read(
    const Range& range) const {
  int descriptor;
  {
    MutexLock lock(&mutex_);
    descriptor = descriptor_;
  }
  std::vector<Examples> blocks;
  uint64_t at = range.begin;
  const auto read = [&](void* data, size_t bytes) -> absl::Status {
    if (!ReadAt(descriptor, data, bytes, at)) return Error("read from");
    at += bytes;
    return absl::OkStatus();
  };
  while (at < range.begin + range.size) {
    Header header;
    LINEUP_RETURN_IF_ERROR(read(&header, sizeof(header)));
    Examples& block = blocks.emplace_back();
    block.sparse = header.sparse != 0;
    block.num_features = static_cast<uint32_t>(header.num_features);
    block.labels.resize(header.labels);
    block.weights.resize(header.weights);
    block.values.resize(header.values);
    block.feature_ids.resize(header.feature_ids);
    block.row_starts.resize(header.row_starts);
    LINEUP_RETURN_IF_ERROR(ForEachArray(block, read));
  }
  return blocks;
}

}  // namespace lineup
