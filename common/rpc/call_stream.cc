#include "common/rpc/call_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/handover.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/status.h"
#include "common/rpc/timer.h"
#include "common/rpc/transport.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/stub_options.h"
#include "proto/stream.pb.h"

namespace lineup {
namespace {

absl::Status TooLate() {
  return absl::DeadlineExceededError("not answered in time");
}

// Of calls whose stream ended before they were answered.
absl::Status Unanswered(const grpc::Status& status) {
  return status.ok() ? absl::UnavailableError("the peer ended the stream")
                     : FromGrpcStatus(status);
}

absl::StatusOr<grpc::ByteBuffer> ResultOf(const v1::StreamedAnswer& answer,
                                          const ReceivedMessage& message) {
  if (answer.has_error()) {
    absl::Status error = FromRpcStatus(answer.error());
    if (!error.ok()) return error;
  }
  return message.CutOut(0);
}

}  // namespace

class CallStream::Pending final : public PendingCall {
 public:
  Pending(std::weak_ptr<CallStream> stream, uint64_t id)
      : stream_(std::move(stream)), id_(id) {}

  void Cancel() override {
    if (const auto stream = stream_.lock()) stream->Cancel(id_);
  }

 private:
  const std::weak_ptr<CallStream> stream_;
  const uint64_t id_;
};

std::shared_ptr<CallStream> CallStream::Open(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
  const std::shared_ptr<CallStream> stream(new CallStream());
  stream->self_ = stream;
  {
    MutexLock lock(&stream->mutex_);
    stream->context_ = std::make_unique<grpc::ClientContext>();
    grpc::GenericStub(channel).PrepareBidiStreamingCall(
        stream->context_.get(), method, grpc::StubOptions(), stream.get());
  }
  // Messages are written from outside of gRPC's callbacks until it is removed:
  // when the stream has ended and nothing is being written.
  stream->AddHold();
  stream->StartRead(&stream->read_);
  HandToRpc();
  stream->StartCall();
  return stream;
}

bool CallStream::open() {
  MutexLock lock(&mutex_);
  return !ended_;
}

bool CallStream::done() {
  MutexLock lock(&mutex_);
  return context_ == nullptr;
}

std::shared_ptr<PendingCall> CallStream::Call(
    const std::shared_ptr<CallStream>& stream, const std::string& method,
    const grpc::ByteBuffer& request, absl::Duration timeout,
    CallTransport::Done done) {
  v1::StreamedCall header;
  header.set_method(method);
  bool ended;
  {
    MutexLock lock(&stream->mutex_);
    header.set_id(++stream->last_id_);
    ended = stream->ended_;
    if (!ended) {
      const absl::Time deadline = absl::Now() + timeout;
      stream->waiting_[header.id()] = {std::move(done), deadline};
      stream->WatchDeadline(deadline);
      stream->to_write_.push_back(
          {header.id(),
           WrapMessage(header, v1::StreamedCall::kMessageFieldNumber,
                       request)});
    }
  }
  if (ended) {
    done(absl::UnavailableError("the stream has ended"));
  } else if (CallBatch* const batch = CallBatch::Current()) {
    batch->Hold(stream);
  } else {
    stream->SendHeld();
  }
  return std::make_shared<Pending>(stream, header.id());
}

void CallStream::SendHeld() {
  bool write;
  {
    MutexLock lock(&mutex_);
    write = !is_writing_ && TakeMessages();
  }
  if (write) {
    HandToRpc();
    StartWrite(&written_);
  }
}

bool CallStream::TakeMessages() {
  std::vector<grpc::ByteBuffer> messages;
  while (!ended_ && !to_write_.empty() &&
         messages.size() < kMaxCallsPerMessage) {
    Message message = std::move(to_write_.front());
    to_write_.pop_front();
    if (waiting_.count(message.id) == 0) continue;  // given up meanwhile
    messages.push_back(std::move(message.bytes));
  }
  is_writing_ = !messages.empty();
  if (is_writing_) {
    written_ = JoinMessages(v1::StreamedCalls::kCallsFieldNumber, messages);
  }
  return is_writing_;
}

CallTransport::Done CallStream::Take(uint64_t id) {
  MutexLock lock(&mutex_);
  const auto call = waiting_.find(id);
  if (call == waiting_.end()) return nullptr;
  CallTransport::Done done = std::move(call->second.done);
  waiting_.erase(call);
  return done;
}

void CallStream::OnReadDone(bool ok) {
  TakeFromRpc();
  if (!ok) {
    bool is_writing;
    {
      MutexLock lock(&mutex_);
      ended_ = true;
      is_writing = is_writing_;
    }
    if (!is_writing) RemoveHold();  // else when it has been written
    return;
  }
  const grpc::ByteBuffer message = std::exchange(read_, grpc::ByteBuffer());
  HandToRpc();
  StartRead(&read_);
  const absl::StatusOr<std::vector<grpc::ByteBuffer>> answers = SplitMessages(
      message, v1::StreamedAnswers::kAnswersFieldNumber, kMaxCallsPerMessage);
  // If not, nobody knows whose they are; their callers have deadlines.
  if (!answers.ok()) return;
  for (const grpc::ByteBuffer& answer : *answers) OnAnswer(answer);
}

void CallStream::OnAnswer(const grpc::ByteBuffer& answer) {
  v1::StreamedAnswer header;
  const absl::StatusOr<ReceivedMessage> message = ReceivedMessage::Decode(
      answer, {v1::StreamedAnswer::kMessageFieldNumber}, &header);
  if (!message.ok()) return;
  if (const CallTransport::Done done = Take(header.id())) {
    done(ResultOf(header, *message));
  }
}

void CallStream::OnWriteDone(bool) {
  TakeFromRpc();
  bool write, ended;
  {
    MutexLock lock(&mutex_);
    write = TakeMessages();
    ended = ended_;
  }
  if (write) {
    HandToRpc();
    StartWrite(&written_);
  } else if (ended) {
    RemoveHold();
  }
}

void CallStream::OnDone(const grpc::Status& status) {
  TakeFromRpc();
  std::map<uint64_t, Waiting> unanswered;
  std::shared_ptr<PendingCall> timer;
  {
    MutexLock lock(&mutex_);
    unanswered.swap(waiting_);
    timer = std::move(timer_);
  }
  if (timer != nullptr) timer->Cancel();
  for (const auto& [id, call] : unanswered) call.done(Unanswered(status));
  const std::shared_ptr<CallStream> self = std::move(self_);
  MutexLock lock(&mutex_);
  context_.reset();
  done_.SignalAll();
}

void CallStream::Close() {
  MutexLock lock(&mutex_);
  if (context_ != nullptr) context_->TryCancel();
  while (context_ != nullptr) done_.Wait(&mutex_);
}

void CallStream::WatchDeadline(absl::Time deadline) {
  if (deadline >= timer_end_) return;
  if (timer_ != nullptr) timer_->Cancel();
  timer_end_ = deadline;
  const auto on_end = [weak =
                           std::weak_ptr<CallStream>(self_)](Timer::End end) {
    const std::shared_ptr<CallStream> stream = weak.lock();
    if (end == Timer::End::kExpired && stream != nullptr) stream->OnDeadline();
  };
  timer_ = Timer::Start(deadline - absl::Now(), on_end);
}

void CallStream::OnDeadline() {
  std::vector<CallTransport::Done> late;
  {
    MutexLock lock(&mutex_);
    const absl::Time now = absl::Now();
    absl::Time first = absl::InfiniteFuture();
    for (auto call = waiting_.begin(); call != waiting_.end();) {
      const auto next = std::next(call);
      if (call->second.deadline <= now) {
        late.push_back(std::move(call->second.done));
        waiting_.erase(call);
      } else {
        first = std::min(first, call->second.deadline);
      }
      call = next;
    }
    timer_end_ = absl::InfiniteFuture();
    WatchDeadline(first);
  }
  for (const CallTransport::Done& done : late) done(TooLate());
}

void CallStream::Cancel(uint64_t id) {
  CallTransport::Done done = Take(id);
  if (done == nullptr) return;
  Timer::Start(absl::ZeroDuration(), [done = std::move(done)](Timer::End) {
    done(absl::CancelledError("cancelled"));
  });
}

}  // namespace lineup
