#include "common/rpc/payload.h"

namespace lineup {

void PayloadReader::ReadAcrossPieces(char* out, size_t size) {
  while (size > piece_.size()) {
    // An empty view may have a null pointer, which memcpy must not be given.
    if (!piece_.empty()) std::memcpy(out, piece_.data(), piece_.size());
    out += piece_.size();
    size -= piece_.size();
    NextPiece();
  }
  std::memcpy(out, piece_.data(), size);
  piece_.remove_prefix(size);
}

void PayloadReader::Skip(size_t size) {
  remaining_ -= size;
  while (size > piece_.size()) {
    size -= piece_.size();
    NextPiece();
  }
  piece_.remove_prefix(size);
}

}  // namespace lineup
