#include "common/data/compression.h"

#include <utility>

#include "absl/strings/match.h"
#include "common/data/gzip_source.h"
#include "common/data/zstd_source.h"

namespace lineup {
namespace {

constexpr absl::string_view kGzipMagic = "\x1f\x8b\x08";
constexpr absl::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

// A frame without content, of which there are 16 kinds; parallel zstd writes
// them first.
bool IsSkippableZstdFrame(absl::string_view head) {
  return head.size() >= 4 && (head[0] & 0xf0) == 0x50 &&
         absl::StartsWith(head.substr(1), "\x2a\x4d\x18");
}

}  // namespace

Compression FindCompression(absl::string_view head) {
  if (absl::StartsWith(head, kGzipMagic)) return Compression::kGzip;
  if (absl::StartsWith(head, kZstdMagic) || IsSkippableZstdFrame(head)) {
    return Compression::kZstd;
  }
  return Compression::kNone;
}

std::unique_ptr<ByteSource> Decompress(Compression compression,
                                       const std::string& file,
                                       std::unique_ptr<ByteSource> source) {
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      return std::make_unique<GzipSource>(file, std::move(source));
    case Compression::kZstd:
      return std::make_unique<ZstdSource>(file, std::move(source));
  }
  return source;
}

}  // namespace lineup
