#include "common/data/gzip_source.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "glog/logging.h"

namespace lineup {
namespace {

// The largest window, and a gzip header (RFC 1952) rather than zlib's.
constexpr int kWindowBits = 15 + 16;

}  // namespace

struct GzipSource::Stream {
  z_stream z = {};
};

GzipSource::GzipSource(std::string file, std::unique_ptr<ByteSource> input)
    : DecompressingSource("gzip", std::move(file), std::move(input)),
      stream_(std::make_unique<Stream>()) {
  CHECK_EQ(inflateInit2(&stream_->z, kWindowBits), Z_OK);
}

GzipSource::~GzipSource() { inflateEnd(&stream_->z); }

DecompressingSource::Step GzipSource::Decompress(absl::string_view input,
                                                 absl::Span<char> output) {
  Step step;
  if (between_members_ && !first_member_) {
    // Tapes and some tools fill the last block up.
    step.consumed = std::min(input.find_first_not_of('\0'), input.size());
    if (step.consumed > 0) return step;
  }
  between_members_ = false;
  z_stream& z = stream_->z;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  z.avail_in = input.size();
  z.next_out = reinterpret_cast<Bytef*>(output.data());
  z.avail_out = std::min<size_t>(output.size(), 1 << 30);
  const size_t room = z.avail_out;
  const int result = inflate(&z, Z_NO_FLUSH);
  step.consumed = input.size() - z.avail_in;
  step.produced = room - z.avail_out;
  // A full output means that zlib may hold more.
  has_output_ = z.avail_out == 0 && result == Z_OK;
  if (result == Z_STREAM_END) {
    between_members_ = true;
    first_member_ = false;
    inflateReset(&z);
  } else if (result != Z_OK && result != Z_BUF_ERROR) {
    step.error = z.msg != nullptr ? z.msg : zError(result);
  }
  return step;
}

}  // namespace lineup
