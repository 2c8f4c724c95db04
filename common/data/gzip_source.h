// Decompresses gzip (compression.h).

#ifndef LINEUP_COMMON_DATA_GZIP_SOURCE_H_
#define LINEUP_COMMON_DATA_GZIP_SOURCE_H_

#include <memory>
#include <string>

#include "common/data/decompressing_source.h"

namespace lineup {

class GzipSource : public DecompressingSource {
 public:
  GzipSource(std::string file, std::unique_ptr<ByteSource> input);
  ~GzipSource() override;

 protected:
  Step Decompress(absl::string_view input, absl::Span<char> output) override;
  bool may_end() const override { return between_members_; }
  bool has_output() const override { return has_output_; }

 private:
  struct Stream;  // keeps zlib's names out of this header

  const std::unique_ptr<Stream> stream_;
  // True before the first member as well.
  bool between_members_ = true;
  bool first_member_ = true;
  bool has_output_ = false;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_GZIP_SOURCE_H_
