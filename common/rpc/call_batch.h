#ifndef LINEUP_COMMON_RPC_CALL_BATCH_H_
#define LINEUP_COMMON_RPC_CALL_BATCH_H_

// Small calls that a thread makes shortly one after the other, put together:
// what a message costs both ends is mostly threads that wake one another, the
// same for two calls as for one. No gRPC in here.
//
//   CallBatch batch;  // of this thread
//   ... calls ...     // streams hold them back (common/rpc/call_stream.h)
//   batch.Send();
//
// Large calls are not held back, nor are those of other threads.

#include <memory>
#include <vector>

namespace lineup {

// Something that holds calls back.
class CallHolder {
 public:
  virtual ~CallHolder() = default;

  // Sends what it holds.
  virtual void SendHeld() = 0;
};

// For the thread that makes it, which has one at a time.
class CallBatch {
 public:
  CallBatch();
  ~CallBatch();  // sends

  CallBatch(const CallBatch&) = delete;
  CallBatch& operator=(const CallBatch&) = delete;

  // The calling thread's, or null: nothing is to be held back.
  static CallBatch* Current();

  // The holder holds a call of this thread back.
  void Hold(std::shared_ptr<CallHolder> holder);

  bool empty() const { return num_calls_ == 0; }
  // That are held back.
  int num_calls() const { return num_calls_; }
  void Send();

 private:
  std::vector<std::shared_ptr<CallHolder>> holders_;  // each once
  int num_calls_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CALL_BATCH_H_
