#ifndef LINEUP_COMMON_RPC_SEND_BUFFER_H_
#define LINEUP_COMMON_RPC_SEND_BUFFER_H_

// Memory to fill and then send without another copy. No gRPC in here.

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace lineup {

// Aligned to cache lines, not initialised.
class SendBuffer {
 public:
  SendBuffer() = default;
  explicit SendBuffer(size_t size);

  char* data() const { return data_.get(); }
  float* floats() const { return reinterpret_cast<float*>(data_.get()); }
  size_t size() const { return size_; }

  // Gives the memory away; std::free releases it.
  char* Release() && { return data_.release(); }

 private:
  struct Free {
    void operator()(char* data) const { std::free(data); }
  };
  std::unique_ptr<char, Free> data_;
  size_t size_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_SEND_BUFFER_H_
