// RecordIO: how records of bytes lie in a file, one behind the other. The
// format of DMLC and MXNet, as SageMaker writes it.
//
//   record := part (cflag 0) | part (1) part (2)* part (3)
//   part   := u32 0xCED7230A · u32 (cflag << 29 | length) · length bytes
//             · zeros up to a multiple of 4                  (little-endian)
//
// DMLC cuts a record in two wherever the magic word stands in it at a multiple
// of 4, and leaves the word out; it belongs between the parts again. SageMaker
// does not cut. So records are followed by their lengths alone, and the magic
// is never searched for: inside a record it is data.

#ifndef LINEUP_COMMON_DATA_RECORDIO_FRAMING_H_
#define LINEUP_COMMON_DATA_RECORDIO_FRAMING_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace lineup {

constexpr size_t kRecordHeaderBytes = 8;

struct RecordFrame {
  // Bytes from the record's start to the next one's, those of a bad record
  // included.
  size_t size = 0;
  // Refers to the bytes that were cut, or to `joined`.
  absl::string_view payload;
  // The payload of a record in several parts.
  std::string joined;
  // What is wrong with a bad record.
  std::string error;
};

enum class FrameResult {
  kRecord,
  kIncomplete,  // its end is not in the bytes; not possible `at_end`
  kBad,         // the next record starts behind it
  kLost         // what follows is not RecordIO: no further record can be found
};

// Cuts the record at the start of `bytes` into `frame`, whose memory is used
// again.
FrameResult CutRecord(absl::string_view bytes, bool at_end, RecordFrame* frame);

// Appends `payload` to `out` as one part, as SageMaker does. It must be
// shorter than 2^29 bytes.
void AppendRecord(absl::string_view payload, std::string* out);

// Finds where the records of a file start, so that it can be cut into splits,
// without reading more than the parts' headers:
//
//   RecordIndex index(split_bytes);
//   while (index.next_offset() + kRecordHeaderBytes <= file_bytes) {
//     LINEUP_RETURN_IF_ERROR(index.Add(Read(file, index.next_offset())));
//   }
//
// A file that ends inside a record is not an error here, but when it is read.
class RecordIndex {
 public:
  struct Start {
    uint64_t offset;        // in the file
    uint64_t first_record;  // records before it
  };

  explicit RecordIndex(uint64_t split_bytes);

  // Where in the file the next bytes are wanted.
  uint64_t next_offset() const { return next_offset_; }

  // Goes through the bytes at next_offset(), at least kRecordHeaderBytes: as
  // many as are at hand. An error names the record and the byte of the file.
  absl::Status Add(absl::string_view bytes);

  // The first record that starts at or behind each multiple of split_bytes.
  // The first start is that of the file.
  const std::vector<Start>& starts() const { return starts_; }

  // Records that were found to start, the last of them perhaps cut off.
  uint64_t num_records() const { return num_records_; }

 private:
  void StartRecord();

  const uint64_t split_bytes_;
  uint64_t next_offset_ = 0;
  // Between the parts of a record.
  bool inside_ = false;
  uint64_t num_records_ = 0;
  std::vector<Start> starts_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_RECORDIO_FRAMING_H_
