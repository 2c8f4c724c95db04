#include "common/rpc/message_codec.h"

#include <cstdint>
#include <cstdlib>
#include <functional>
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

absl::string_view ViewOf(const grpc::Slice& slice) {
  return absl::string_view(reinterpret_cast<const char*>(slice.begin()),
                           slice.size());
}

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

grpc::ByteBuffer ReceivedMessage::CutOut(size_t i) const {
  std::vector<grpc::Slice> parts;
  auto slice = slices_.begin();
  for (const absl::string_view piece : payloads_[i].pieces()) {
    const auto* const begin = reinterpret_cast<const uint8_t*>(piece.data());
    const std::less_equal<const uint8_t*> before;
    while (!before(slice->begin(), begin) ||
           !before(begin + piece.size(), slice->end())) {
      ++slice;
    }
    const size_t offset = begin - slice->begin();
    parts.push_back(slice->sub(offset, offset + piece.size()));
  }
  return grpc::ByteBuffer(parts.data(), parts.size());
}

absl::StatusOr<ReceivedMessage> ReceivedMessage::Decode(
    const grpc::ByteBuffer& buffer, absl::Span<const int> payload_fields,
    google::protobuf::MessageLite* header) {
  ReceivedMessage message;
  if (!buffer.Dump(&message.slices_).ok()) {
    return MalformedError("the message cannot be read");
  }
  // A slice's bytes lie in the slice itself if they are few. So views are
  // taken only now that the slices do not move any more; moving the vector
  // leaves them where they are.
  std::vector<absl::string_view> pieces;
  pieces.reserve(message.slices_.size());
  for (const grpc::Slice& slice : message.slices_) {
    pieces.push_back(ViewOf(slice));
  }
  absl::StatusOr<SplitWire> wire = SplitWireMessage(pieces, payload_fields);
  if (!wire.ok()) return MalformedError(wire.status().message());
  if (!header->ParseFromString(wire->header)) {
    return MalformedError(
        absl::StrCat("the message is no ", header->GetTypeName()));
  }
  message.payloads_ = std::move(wire->payloads);
  return message;
}

}  // namespace lineup
