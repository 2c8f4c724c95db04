// Compressed files: told by their first bytes, and decompressed while they are
// read.
//
// gzip with any number of members (what `cat a.gz b.gz` and bgzip make, zeros
// behind the last one allowed) and zstd with any number of frames. Data that
// is damaged or ends too early is a DATA_LOSS error which names the file and
// how far it could be read; all bytes before that place are handed out first.

#ifndef LINEUP_COMMON_DATA_COMPRESSION_H_
#define LINEUP_COMMON_DATA_COMPRESSION_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/data/byte_source.h"

namespace lineup {

enum class Compression { kNone, kGzip, kZstd };

// Bytes of a file that FindCompression needs to see.
constexpr size_t kCompressionMagicBytes = 4;

// `head` is the file's beginning.
Compression FindCompression(absl::string_view head);

// The decompressed bytes of `source`; for kNone, `source` itself. `file` names
// it in errors.
std::unique_ptr<ByteSource> Decompress(Compression compression,
                                       const std::string& file,
                                       std::unique_ptr<ByteSource> source);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_COMPRESSION_H_
