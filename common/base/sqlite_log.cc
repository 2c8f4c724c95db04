#include "common/base/sqlite_log.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

constexpr size_t kHeaderBytes = 32;
constexpr size_t kFrameHeaderBytes = 24;
// The lowest bit says that checksums are of big-endian words.
constexpr uint32_t kMagic = 0x377f0682;

uint32_t BigEndian(absl::string_view bytes, size_t at) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) {
    word = word << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return word;
}

uint32_t LittleEndian(absl::string_view bytes, size_t at) {
  uint32_t word = 0;
  for (size_t i = 4; i-- > 0;) {
    word = word << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return word;
}

// Of all bytes so far, taken as pairs of words.
class LogChecksum {
 public:
  explicit LogChecksum(bool big_endian) : big_endian_(big_endian) {}

  void Add(absl::string_view bytes) {
    for (size_t at = 0; at < bytes.size(); at += 8) {
      first_ += Word(bytes, at) + second_;
      second_ += Word(bytes, at + 4) + first_;
    }
  }
  // Whether it is what is written there.
  bool Is(absl::string_view bytes, size_t at) const {
    return BigEndian(bytes, at) == first_ &&
           BigEndian(bytes, at + 4) == second_;
  }

 private:
  uint32_t Word(absl::string_view bytes, size_t at) const {
    return big_endian_ ? BigEndian(bytes, at) : LittleEndian(bytes, at);
  }

  const bool big_endian_;
  uint32_t first_ = 0;
  uint32_t second_ = 0;
};

// A log, whose header is whole.
class Log {
 public:
  explicit Log(absl::string_view bytes)
      : bytes_(bytes), page_bytes_(BigEndian(bytes, 8)) {}

  size_t num_frames() const {
    return (bytes_.size() - kHeaderBytes) / frame_bytes();
  }
  size_t begin(size_t frame) const {
    return kHeaderBytes + frame * frame_bytes();
  }
  // Rather than left over from before the log was begun anew.
  bool is_of_this_log(size_t frame) const {
    return bytes_.substr(begin(frame) + 8, 8) == bytes_.substr(16, 8);
  }
  bool ends_transaction(size_t frame) const {
    return BigEndian(bytes_, begin(frame) + 4) != 0;
  }

  // The first frame that is not what was written, if any.
  std::optional<size_t> FirstWrong() const {
    LogChecksum checksum((BigEndian(bytes_, 0) & 1) != 0);
    checksum.Add(bytes_.substr(0, 24));
    for (size_t frame = 0; frame < num_frames(); ++frame) {
      const size_t at = begin(frame);
      checksum.Add(bytes_.substr(at, 8));
      checksum.Add(bytes_.substr(at + kFrameHeaderBytes, page_bytes_));
      if (!is_of_this_log(frame) || !checksum.Is(bytes_, at + 16)) return frame;
    }
    return std::nullopt;
  }

  // Whether something was written after the transaction of a frame.
  bool GoesOnAfter(size_t wrong) const {
    bool ended = false;
    for (size_t frame = wrong; frame < num_frames(); ++frame) {
      if (ended && is_of_this_log(frame)) return true;
      ended |=
          ends_transaction(frame) && (frame == wrong || is_of_this_log(frame));
    }
    return false;
  }

 private:
  size_t frame_bytes() const { return kFrameHeaderBytes + page_bytes_; }

  const absl::string_view bytes_;
  const size_t page_bytes_;
};

// 32 bytes are written as one.
bool HeaderIsWhole(absl::string_view bytes) {
  if ((BigEndian(bytes, 0) & ~1u) != kMagic) return false;
  const uint32_t page_bytes = BigEndian(bytes, 8);
  if (page_bytes < 512 || page_bytes > 65536 || page_bytes % 8 != 0) {
    return false;
  }
  LogChecksum checksum((BigEndian(bytes, 0) & 1) != 0);
  checksum.Add(bytes.substr(0, 24));
  return checksum.Is(bytes, 24);
}

absl::Status Damaged(const std::string& path, size_t at) {
  return absl::DataLossError(absl::StrCat(
      path, " has changed since it was written, at or after byte ", at));
}

}  // namespace

absl::Status CheckWriteAheadLog(const std::string& database) {
  const std::string path = database + "-wal";
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  LINEUP_RETURN_IF_ERROR(bytes.status());
  if (bytes->size() < kHeaderBytes ||
      bytes->find_first_not_of('\0') == std::string::npos) {
    return absl::OkStatus();  // nothing has been flushed
  }
  if (!HeaderIsWhole(*bytes)) return Damaged(path, 0);
  const Log log(*bytes);
  const std::optional<size_t> wrong = log.FirstWrong();
  if (!wrong.has_value() || !log.GoesOnAfter(*wrong)) return absl::OkStatus();
  return Damaged(path, log.begin(*wrong));
}

}  // namespace lineup
