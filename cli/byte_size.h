// Sizes as people write them: "512MiB", "4GiB", "1000000".

#ifndef LINEUP_CLI_BYTE_SIZE_H_
#define LINEUP_CLI_BYTE_SIZE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lineup {

// A whole number of bytes, or of KiB, MiB, GiB or TiB (also K, M, G, T and
// KB, ... for the same powers of 1024). `flag` is named in the error.
absl::StatusOr<uint64_t> ParseByteSize(absl::string_view flag,
                                       absl::string_view text);

}  // namespace lineup

#endif  // LINEUP_CLI_BYTE_SIZE_H_
