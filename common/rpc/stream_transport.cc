#include "common/rpc/stream_transport.h"

#include <algorithm>
#include <utility>

namespace lineup {
namespace {

// A larger message takes so long that the call's own cost does not matter, and
// other calls of the stream would wait behind it.
constexpr size_t kMaxStreamedBytes = 64 << 10;

}  // namespace

StreamTransport::StreamTransport(std::unique_ptr<ChannelGroup> channels,
                                 StreamedMethods streamed)
    : channel_(channels->Next()),
      unary_(std::move(channels)),
      stream_method_(std::move(streamed.stream)) {
  for (const std::string& method : streamed.methods) {
    last_answer_bytes_[method] = 0;
  }
}

StreamTransport::~StreamTransport() {
  std::vector<std::shared_ptr<CallStream>> streams;
  {
    MutexLock lock(&mutex_);
    streams.swap(ended_);
    if (stream_ != nullptr) streams.push_back(std::move(stream_));
  }
  for (const std::shared_ptr<CallStream>& stream : streams) stream->Close();
}

std::shared_ptr<CallStream> StreamTransport::OpenStream() {
  MutexLock lock(&mutex_);
  if (stream_ == nullptr || !stream_->open()) {
    ended_.erase(std::remove_if(ended_.begin(), ended_.end(),
                                [](const std::shared_ptr<CallStream>& stream) {
                                  return stream->done();
                                }),
                 ended_.end());
    if (stream_ != nullptr) ended_.push_back(std::move(stream_));
    stream_ = CallStream::Open(channel_, stream_method_);
  }
  return stream_;
}

std::shared_ptr<PendingCall> StreamTransport::Call(const std::string& method,
                                                   grpc::ByteBuffer request,
                                                   absl::Duration timeout,
                                                   Done done) {
  bool is_small = request.Length() <= kMaxStreamedBytes;
  {
    MutexLock lock(&mutex_);
    const auto last = last_answer_bytes_.find(method);
    is_small &=
        last != last_answer_bytes_.end() && last->second <= kMaxStreamedBytes;
    if (last != last_answer_bytes_.end()) {
      done = [this, bytes = &last->second,
              done = std::move(done)](absl::StatusOr<grpc::ByteBuffer> answer) {
        if (answer.ok()) {
          MutexLock lock(&mutex_);
          *bytes = answer->Length();
        }
        done(std::move(answer));
      };
    }
  }
  if (is_small) {
    return CallStream::Call(OpenStream(), method, request, timeout,
                            std::move(done));
  }
  return unary_.Call(method, std::move(request), timeout, std::move(done));
}

std::shared_ptr<PendingCall> StreamTransport::Pause(
    absl::Duration pause, std::function<void()> done) {
  return unary_.Pause(pause, std::move(done));
}

}  // namespace lineup
