// The bytes of a file as they lie on disk.

#ifndef LINEUP_COMMON_DATA_FILE_SOURCE_H_
#define LINEUP_COMMON_DATA_FILE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/data/byte_source.h"
#include "common/data/input_file.h"

namespace lineup {

class FileSource : public ByteSource {
 public:
  // Reads from byte `begin` of the file on. It must be as it was when it was
  // listed: of the same size, and not written to since.
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(const InputFile& file,
                                                          uint64_t begin);

  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override;

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

 private:
  FileSource(std::string path, int descriptor, uint64_t begin);

  const std::string path_;
  const int descriptor_;
  uint64_t next_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_FILE_SOURCE_H_
