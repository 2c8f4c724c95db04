#ifndef LINEUP_COMMON_RPC_FAULTY_TRANSPORT_H_
#define LINEUP_COMMON_RPC_FAULTY_TRANSPORT_H_

// For tests: a transport whose calls suffer faults (call_faults.h), however the
// transport beneath it carries them.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/call_transport.h"

namespace lineup {

// Thread-safe.
class FaultyTransport final : public CallTransport {
 public:
  // `faults` must outlive it.
  FaultyTransport(std::unique_ptr<CallTransport> transport, CallFaults* faults)
      : transport_(std::move(transport)), faults_(*faults) {}
  // Waits for copies that are still under way.
  ~FaultyTransport() override;

  std::shared_ptr<PendingCall> Call(const std::string& method,
                                    grpc::ByteBuffer request,
                                    absl::Duration timeout, Done done) override;
  std::shared_ptr<PendingCall> Pause(absl::Duration pause,
                                     std::function<void()> done) override;

 private:
  class DelayedCall;

  void SendCopy(const std::string& method, const grpc::ByteBuffer& request,
                absl::Duration delay);

  const std::unique_ptr<CallTransport> transport_;
  CallFaults& faults_;
  Mutex mutex_;
  CondVar copy_ended_;
  int copies_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_FAULTY_TRANSPORT_H_
