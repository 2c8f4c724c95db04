#include "common/rpc/answer_stream.h"

#include <deque>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/handover.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/status.h"
#include "common/rpc/transport.h"
#include "proto/stream.pb.h"

namespace lineup {
namespace {

// Answers that are larger together go one by one: that costs nothing against
// their bytes, and a message has a limit.
constexpr size_t kMaxJoinedBytes = size_t{1} << 20;

grpc::ByteBuffer EncodeAnswer(uint64_t id,
                              const absl::StatusOr<grpc::ByteBuffer>& answer) {
  v1::StreamedAnswer header;
  header.set_id(id);
  if (answer.ok()) {
    return WrapMessage(header, v1::StreamedAnswer::kMessageFieldNumber,
                       *answer);
  }
  *header.mutable_error() = ToRpcStatus(answer.status());
  return EncodeMessage(header, {});
}

}  // namespace

// One stream. Lives until it is over and no call refers to it. gRPC may call
// back from within StartWrite() and Finish(), so both are called without the
// lock, and Finish() only while nothing is being written.
class AnswerStreams::Stream final
    : public Reactor,
      public std::enable_shared_from_this<Stream> {
 public:
  Stream(AnswerStreams* streams, Run run)
      : streams_(*streams), run_(std::move(run)) {}

  void Begin() { ReadCalls(); }

  void End(const absl::Status& status) {
    bool finish;
    {
      MutexLock lock(&mutex_);
      if (!ending_) status_ = ToGrpcStatus(status);
      ending_ = true;
      finish = MayFinish();
    }
    if (finish) SendStatus();
  }

 private:
  void OnReadDone(bool ok) override {
    TakeFromRpc();
    const grpc::ByteBuffer message = std::exchange(read_, grpc::ByteBuffer());
    absl::StatusOr<std::vector<grpc::ByteBuffer>> calls =
        std::vector<grpc::ByteBuffer>();
    if (ok) {
      calls = SplitMessages(message, v1::StreamedCalls::kCallsFieldNumber,
                            kMaxCallsPerMessage);
    }
    if (!calls.ok()) End(calls.status());
    bool read, finish, run;
    {
      MutexLock lock(&mutex_);
      reading_ = false;
      if (calls.ok()) calls_ += static_cast<int>(calls->size());
      no_more_calls_ |= !ok;
      read = MayRead();
      finish = MayFinish();
      run = !ending_;
      if (run) ++running_;
    }
    if (read) ReadCalls();
    if (finish) SendStatus();
    if (!run) return;
    for (const grpc::ByteBuffer& call : *calls) RunCall(call);
    WriteAnswers(/*ran=*/true);
  }

  void RunCall(const grpc::ByteBuffer& call) {
    v1::StreamedCall header;
    const absl::StatusOr<ReceivedMessage> message = ReceivedMessage::Decode(
        call, {v1::StreamedCall::kMessageFieldNumber}, &header);
    if (!message.ok()) return End(message.status());
    run_(header.method(), message->CutOut(0),
         [self = shared_from_this(),
          id = header.id()](const absl::StatusOr<grpc::ByteBuffer>& answer) {
           self->Answer(id, answer);
         });
  }

  void Answer(uint64_t id, const absl::StatusOr<grpc::ByteBuffer>& answer) {
    grpc::ByteBuffer encoded = EncodeAnswer(id, answer);
    {
      MutexLock lock(&mutex_);
      if (ending_) return;
      to_write_.push_back(std::move(encoded));
      // Those that came together are answered together, if they can be at once.
      if (running_ > 0) return;
    }
    WriteAnswers(/*ran=*/false);
  }

  // `ran`: the calls of a message have been run.
  void WriteAnswers(bool ran) {
    {
      MutexLock lock(&mutex_);
      if (ran) --running_;
      if (ending_ || writing_ || to_write_.empty()) return;
      TakeAnswers();
    }
    StartWriting();
  }

  void OnWriteDone(bool ok) override {
    TakeFromRpc();
    bool read, write, finish;
    {
      MutexLock lock(&mutex_);
      writing_ = false;
      calls_ -= answers_written_;
      write = ok && !ending_ && !to_write_.empty();
      if (write) TakeAnswers();
      read = MayRead();
      finish = MayFinish();
    }
    if (write) StartWriting();
    if (read) ReadCalls();
    if (finish) SendStatus();
  }

  void OnCancel() override {
    TakeFromRpc();
    End(absl::CancelledError("cancelled"));
  }

  void OnDone() override {
    TakeFromRpc();
    const std::shared_ptr<Stream> self = shared_from_this();
    MutexLock lock(&streams_.mutex_);
    streams_.streams_.erase(self);
  }

  // True if the next calls are to be read: not when too many could be under way
  // then, whose caller has to wait.
  bool MayRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (reading_ || no_more_calls_ || ending_) return false;
    return reading_ = calls_ + kMaxCallsPerMessage <= kMaxCallsPerConnection;
  }

  void ReadCalls() {
    HandToRpc();
    StartRead(&read_);
  }

  void TakeAnswers() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::vector<grpc::ByteBuffer> answers;
    size_t bytes = 0;
    do {
      bytes += to_write_.front().Length();
      answers.push_back(std::move(to_write_.front()));
      to_write_.pop_front();
    } while (!to_write_.empty() && answers.size() < kMaxCallsPerMessage &&
             bytes + to_write_.front().Length() <= kMaxJoinedBytes);
    answers_written_ = static_cast<int>(answers.size());
    written_ = JoinMessages(v1::StreamedAnswers::kAnswersFieldNumber, answers);
    writing_ = true;
  }

  void StartWriting() {
    HandToRpc();
    StartWrite(&written_);
  }

  // True once, when the stream is over.
  bool MayFinish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const bool over = ending_ || (no_more_calls_ && calls_ == 0);
    if (!over || writing_ || finished_) return false;
    ending_ = finished_ = true;
    to_write_.clear();
    return true;
  }

  void SendStatus() {
    HandToRpc();
    Finish(status_);
  }

  AnswerStreams& streams_;
  const Run run_;
  grpc::ByteBuffer read_;     // gRPC's while reading_
  grpc::ByteBuffer written_;  // gRPC's while writing_
  grpc::Status status_;       // written before ending_ becomes true

  Mutex mutex_;
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;    // whose answers are not written
  int running_ ABSL_GUARDED_BY(mutex_) = 0;  // messages whose calls are run
  bool reading_ ABSL_GUARDED_BY(mutex_) = true;
  bool no_more_calls_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  int answers_written_ ABSL_GUARDED_BY(mutex_) = 0;  // being written
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<grpc::ByteBuffer> to_write_ ABSL_GUARDED_BY(mutex_);
};

AnswerStreams::Reactor* AnswerStreams::Open(Run run) {
  const auto stream = std::make_shared<Stream>(this, std::move(run));
  {
    MutexLock lock(&mutex_);
    streams_.insert(stream);
  }
  stream->Begin();
  return stream.get();
}

void AnswerStreams::Close() {
  std::vector<std::shared_ptr<Stream>> streams;
  {
    MutexLock lock(&mutex_);
    streams.assign(streams_.begin(), streams_.end());
  }
  for (const std::shared_ptr<Stream>& stream : streams) {
    stream->End(absl::UnavailableError("the server is shutting down"));
  }
}

}  // namespace lineup
