// Decompresses zstd (compression.h).

#ifndef LINEUP_COMMON_DATA_ZSTD_SOURCE_H_
#define LINEUP_COMMON_DATA_ZSTD_SOURCE_H_

#include <memory>
#include <string>

#include "common/data/decompressing_source.h"

namespace lineup {

class ZstdSource : public DecompressingSource {
 public:
  ZstdSource(std::string file, std::unique_ptr<ByteSource> input);
  ~ZstdSource() override;

 protected:
  Step Decompress(absl::string_view input, absl::Span<char> output) override;
  bool may_end() const override { return between_frames_; }
  bool has_output() const override { return has_output_; }

 private:
  struct Stream;  // keeps zstd's names out of this header

  const std::unique_ptr<Stream> stream_;
  bool between_frames_ = true;
  bool has_output_ = false;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_ZSTD_SOURCE_H_
