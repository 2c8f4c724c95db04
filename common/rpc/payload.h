#ifndef LINEUP_COMMON_RPC_PAYLOAD_H_
#define LINEUP_COMMON_RPC_PAYLOAD_H_

// The bytes of a large field of a received message, left where they are: in
// the pieces in which they came from the network. So they are copied once,
// straight to where they are used. No gRPC in here.

#include <cstddef>
#include <cstring>
#include <vector>

#include "absl/strings/string_view.h"

namespace lineup {

// A view: the message must outlive it. Thread-safe for reading.
class PayloadView {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<absl::string_view>& pieces() const { return pieces_; }

  void Append(absl::string_view piece) {
    if (piece.empty()) return;
    pieces_.push_back(piece);
    size_ += piece.size();
  }
  void Clear() {
    pieces_.clear();
    size_ = 0;
  }

 private:
  std::vector<absl::string_view> pieces_;  // none empty
  size_t size_ = 0;
};

// Reads a payload from its beginning to its end. For one thread; the view must
// outlive it.
class PayloadReader {
 public:
  explicit PayloadReader(const PayloadView& payload)
      : pieces_(payload.pieces()), remaining_(payload.size()) {
    if (!pieces_.empty()) piece_ = pieces_[0];
  }

  size_t remaining() const { return remaining_; }

  // Copies the next `size` bytes, which must be there.
  void Read(void* out, size_t size) {
    if (size == 0) return;  // `out` and the piece may be null
    remaining_ -= size;
    if (size <= piece_.size()) {
      std::memcpy(out, piece_.data(), size);
      piece_.remove_prefix(size);
      return;
    }
    ReadAcrossPieces(static_cast<char*>(out), size);
  }

  // Leaves out the next `size` bytes, which must be there.
  void Skip(size_t size);

 private:
  void ReadAcrossPieces(char* out, size_t size);
  void NextPiece() { piece_ = pieces_[++index_]; }

  const std::vector<absl::string_view>& pieces_;
  size_t index_ = 0;         // of the current piece
  absl::string_view piece_;  // what is left of it
  size_t remaining_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_PAYLOAD_H_
