#include "common/rpc/test_service.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "common/rpc/errors.h"
#include "common/rpc/handover.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/raw_reply.h"
#include "common/rpc/status.h"

namespace lineup {

using v1::test::TestMessage;

grpc::ServerUnaryReactor* TestService::Echo(grpc::CallbackServerContext*,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  if (request->Valid()) {
    ++echoes_;
    reply->Send(*request);
  } else {
    reply->Send(absl::CancelledError("ended before its message came"));
  }
  return reply->reactor();
}

grpc::ServerUnaryReactor* TestService::Fail(
    grpc::CallbackServerContext* context, const TestMessage* request,
    TestMessage*) {
  TakeFromRpc();
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const grpc::Status status =
      ToGrpcStatus(WrongClockError(0, 0, request->count()));
  HandToRpc();
  reactor->Finish(status);
  return reactor;
}

grpc::ServerUnaryReactor* TestService::Wait(grpc::CallbackServerContext*,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  grpc::ServerUnaryReactor* const reactor = reply->reactor();
  Keep(*request, [reply](absl::StatusOr<grpc::ByteBuffer> answer) {
    reply->Send(std::move(answer));
  });
  return reactor;
}

void TestService::Keep(const grpc::ByteBuffer& request, Reply reply) {
  Waiting waiting;
  const auto message = ReceivedMessage::Decode(request, {}, &waiting.request);
  if (!message.ok()) return reply(message.status());
  waiting.reply = std::move(reply);
  MutexLock lock(&mutex_);
  waiting_.push_back(std::move(waiting));
  changed_.SignalAll();
}

AnswerStreams::Reactor* TestService::Stream(grpc::CallbackServerContext*) {
  TakeFromRpc();
  ++num_streams_;
  return streams_.Open([this](const std::string& method,
                              const grpc::ByteBuffer& request, Reply reply) {
    ++streamed_calls_;
    Run(method, request, std::move(reply));
  });
}

void TestService::Run(const std::string& method,
                      const grpc::ByteBuffer& request, Reply reply) {
  if (absl::EndsWith(method, "/Echo")) {
    ++echoes_;
    reply(request);
  } else if (absl::EndsWith(method, "/Fail")) {
    TestMessage message;
    const auto decoded = ReceivedMessage::Decode(request, {}, &message);
    reply(decoded.ok() ? WrongClockError(0, 0, message.count())
                       : decoded.status());
  } else {
    Keep(request, std::move(reply));
  }
}

TestService::Waiting TestService::AwaitWaiting() {
  MutexLock lock(&mutex_);
  while (waiting_.empty()) changed_.Wait(&mutex_);
  Waiting waiting = std::move(waiting_.front());
  waiting_.pop_front();
  return waiting;
}

}  // namespace lineup
