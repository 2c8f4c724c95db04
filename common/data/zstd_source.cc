#include "common/data/zstd_source.h"

#include <zstd.h>

#include <utility>

#include "glog/logging.h"

namespace lineup {

struct ZstdSource::Stream {
  ZSTD_DStream* const z = CHECK_NOTNULL(ZSTD_createDStream());
  ~Stream() { ZSTD_freeDStream(z); }
};

ZstdSource::ZstdSource(std::string file, std::unique_ptr<ByteSource> input)
    : DecompressingSource("zstd", std::move(file), std::move(input)),
      stream_(std::make_unique<Stream>()) {}

ZstdSource::~ZstdSource() = default;

DecompressingSource::Step ZstdSource::Decompress(absl::string_view input,
                                                 absl::Span<char> output) {
  ZSTD_inBuffer in = {input.data(), input.size(), 0};
  ZSTD_outBuffer out = {output.data(), output.size(), 0};
  const size_t result = ZSTD_decompressStream(stream_->z, &out, &in);
  Step step;
  step.consumed = in.pos;
  step.produced = out.pos;
  if (ZSTD_isError(result)) step.error = ZSTD_getErrorName(result);
  between_frames_ = result == 0;
  // A full output means that zstd may hold more.
  has_output_ = out.pos == out.size && !between_frames_;
  return step;
}

}  // namespace lineup
