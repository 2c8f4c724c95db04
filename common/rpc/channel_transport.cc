#include "common/rpc/channel_transport.h"

#include "common/rpc/raw_call.h"
#include "common/rpc/timer.h"

namespace lineup {

std::shared_ptr<PendingCall> ChannelTransport::Call(const std::string& method,
                                                    grpc::ByteBuffer request,
                                                    absl::Duration timeout,
                                                    Done done) {
  return RawCall::Start(channels_->Next(), method, std::move(request), timeout,
                        std::move(done));
}

std::shared_ptr<PendingCall> ChannelTransport::Pause(
    absl::Duration pause, std::function<void()> done) {
  return Timer::Start(pause, [done = std::move(done)](Timer::End) { done(); });
}

}  // namespace lineup
