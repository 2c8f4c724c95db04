#ifndef LINEUP_COMMON_BASE_CHECKSUM_H_
#define LINEUP_COMMON_BASE_CHECKSUM_H_

// 64-bit checksums (XXH3 with seed 0) that tell damaged files and messages
// from whole ones. They guard against accidents, not against forgery. The
// values are fixed by XXH3's specification, so they may be stored.

#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"

namespace lineup {

// The checksum of all of `bytes`.
uint64_t Checksum(absl::string_view bytes);

// The checksum of bytes that come piece by piece; the cuts do not matter. For
// one thread at a time.
class ChecksumStream {
 public:
  ChecksumStream();
  ChecksumStream(ChecksumStream&&) noexcept;
  ChecksumStream& operator=(ChecksumStream&&) noexcept;
  ~ChecksumStream();

  void Update(absl::string_view bytes);

  // The checksum of everything so far; more may follow.
  uint64_t Digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_CHECKSUM_H_
