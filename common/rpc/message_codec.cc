#include "common/rpc/message_codec.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"
#include "common/rpc/wire_splitter.h"
#include "glog/logging.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace lineup {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedOutputStream;

constexpr size_t kMaxTagAndLength = 10;

void DropOwner(void* owner) {
  delete static_cast<std::shared_ptr<const void>*>(owner);
}

// Writes what goes before the bytes of a field; returns the end.
uint8_t* WriteTagAndLength(int field, size_t size, uint8_t* out) {
  out = CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED),
      out);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size),
                                                 out);
}

absl::Status Unreadable() {
  return MalformedError("the message cannot be read");
}

// A slice's bytes lie in the slice itself if they are few: the slices must not
// move any more. (Moving their vector leaves them where they are.)
std::vector<absl::string_view> ViewsOf(const std::vector<grpc::Slice>& slices) {
  std::vector<absl::string_view> views;
  views.reserve(slices.size());
  for (const grpc::Slice& slice : slices) {
    views.emplace_back(reinterpret_cast<const char*>(slice.begin()),
                       slice.size());
  }
  return views;
}

// Makes messages of what lies in slices, views of ViewsOf(), without copying.
class SliceCutter {
 public:
  explicit SliceCutter(const std::vector<grpc::Slice>& slices)
      : slice_(slices.begin()) {}

  // Each is to lie behind the one before.
  grpc::ByteBuffer CutOut(const PayloadView& bytes) {
    std::vector<grpc::Slice> parts;
    for (const absl::string_view piece : bytes.pieces()) {
      const auto* const begin = reinterpret_cast<const uint8_t*>(piece.data());
      const std::less_equal<const uint8_t*> before;
      while (!before(slice_->begin(), begin) ||
             !before(begin + piece.size(), slice_->end())) {
        ++slice_;
      }
      const size_t offset = begin - slice_->begin();
      parts.push_back(slice_->sub(offset, offset + piece.size()));
    }
    return grpc::ByteBuffer(parts.data(), parts.size());
  }

 private:
  std::vector<grpc::Slice>::const_iterator slice_;
};

}  // namespace

grpc::Slice ToSlice(SendBuffer buffer) {
  const size_t size = buffer.size();
  return grpc::Slice(std::move(buffer).Release(), size, std::free);
}

grpc::Slice LendSlice(absl::Span<const char> bytes,
                      std::shared_ptr<const void> owner) {
  return grpc::Slice(const_cast<char*>(bytes.data()), bytes.size(), DropOwner,
                     new std::shared_ptr<const void>(std::move(owner)));
}

grpc::ByteBuffer EncodeMessage(const google::protobuf::MessageLite& header,
                               std::vector<Payload> payloads) {
  // The encoded header and all tags and lengths lie in one buffer, of which
  // the message's first slices are parts.
  const size_t header_size = header.ByteSizeLong();
  const auto own = std::make_shared<std::vector<uint8_t>>(
      header_size + payloads.size() * kMaxTagAndLength);
  uint8_t* begin = own->data();
  uint8_t* end = header.SerializeWithCachedSizesToArray(begin);
  std::vector<grpc::Slice> slices;
  for (Payload& payload : payloads) {
    if (payload.bytes.size() == 0) continue;
    end = WriteTagAndLength(payload.field, payload.bytes.size(), end);
    slices.push_back(LendSlice(
        absl::MakeConstSpan(reinterpret_cast<char*>(begin), end - begin), own));
    slices.push_back(std::move(payload.bytes));
    begin = end;
  }
  if (begin != end || slices.empty()) {
    slices.push_back(LendSlice(
        absl::MakeConstSpan(reinterpret_cast<char*>(begin), end - begin), own));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

grpc::ByteBuffer WrapMessage(const google::protobuf::MessageLite& header,
                             int field, const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  CHECK(message.Dump(&slices).ok());
  const size_t header_size = header.ByteSizeLong();
  grpc::Slice head(header_size + kMaxTagAndLength);
  auto* const begin = const_cast<uint8_t*>(head.begin());
  uint8_t* end = header.SerializeWithCachedSizesToArray(begin);
  end = WriteTagAndLength(field, message.Length(), end);
  slices.insert(slices.begin(), head.sub(0, end - begin));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

grpc::ByteBuffer JoinMessages(int field,
                              absl::Span<const grpc::ByteBuffer> messages) {
  std::vector<grpc::Slice> slices;
  std::vector<grpc::Slice> of_message;
  for (const grpc::ByteBuffer& message : messages) {
    uint8_t head[kMaxTagAndLength];
    const uint8_t* const end = WriteTagAndLength(field, message.Length(), head);
    slices.emplace_back(head, end - head);
    CHECK(message.Dump(&of_message).ok());
    std::move(of_message.begin(), of_message.end(), std::back_inserter(slices));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

absl::StatusOr<std::vector<grpc::ByteBuffer>> SplitMessages(
    const grpc::ByteBuffer& buffer, int field, size_t max_messages) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return Unreadable();
  const absl::StatusOr<std::vector<PayloadView>> values =
      SplitRepeatedField(ViewsOf(slices), field, max_messages);
  if (!values.ok()) return MalformedError(values.status().message());
  std::vector<grpc::ByteBuffer> messages;
  SliceCutter cutter(slices);
  for (const PayloadView& value : *values) {
    messages.push_back(cutter.CutOut(value));
  }
  return messages;
}

grpc::ByteBuffer ReceivedMessage::CutOut(size_t i) const {
  return SliceCutter(slices_).CutOut(payloads_[i]);
}

absl::StatusOr<ReceivedMessage> ReceivedMessage::Decode(
    const grpc::ByteBuffer& buffer, absl::Span<const int> payload_fields,
    google::protobuf::MessageLite* header) {
  ReceivedMessage message;
  if (!buffer.Dump(&message.slices_).ok()) return Unreadable();
  absl::StatusOr<SplitWire> wire =
      SplitWireMessage(ViewsOf(message.slices_), payload_fields);
  if (!wire.ok()) return MalformedError(wire.status().message());
  if (!header->ParseFromString(wire->header)) {
    return MalformedError(
        absl::StrCat("the message is no ", header->GetTypeName()));
  }
  message.payloads_ = std::move(wire->payloads);
  return message;
}

}  // namespace lineup
