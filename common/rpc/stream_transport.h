#ifndef LINEUP_COMMON_RPC_STREAM_TRANSPORT_H_
#define LINEUP_COMMON_RPC_STREAM_TRANSPORT_H_

// Calls over gRPC, of which the small ones go over one stream (call_stream.h),
// and all others are unary calls over several channels in turn. A call is taken
// for small if its request is, and the last answer to its method was. The
// stream is opened when it is needed, and anew after it has ended.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/call_stream.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/channel.h"
#include "common/rpc/channel_transport.h"
#include "grpcpp/channel.h"

namespace lineup {

// What may go over a service's stream.
struct StreamedMethods {
  std::string stream;  // "/package.Service/Stream"
  std::set<std::string> methods;
};

// Thread-safe.
class StreamTransport final : public CallTransport {
 public:
  StreamTransport(std::unique_ptr<ChannelGroup> channels,
                  StreamedMethods streamed);
  // Ends its streams. Not from one of gRPC's threads.
  ~StreamTransport() override;

  std::shared_ptr<PendingCall> Call(const std::string& method,
                                    grpc::ByteBuffer request,
                                    absl::Duration timeout, Done done) override;
  std::shared_ptr<PendingCall> Pause(absl::Duration pause,
                                     std::function<void()> done) override;

 private:
  std::shared_ptr<CallStream> OpenStream();

  // Of the stream. (Calls that come together share a packet; two streams would
  // need two.)
  const std::shared_ptr<grpc::Channel> channel_;
  ChannelTransport unary_;
  const std::string stream_method_;

  Mutex mutex_;
  // To each method that may be streamed.
  std::map<std::string, size_t> last_answer_bytes_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<CallStream> stream_ ABSL_GUARDED_BY(mutex_);
  // Those before it with which gRPC has perhaps not done.
  std::vector<std::shared_ptr<CallStream>> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_STREAM_TRANSPORT_H_
