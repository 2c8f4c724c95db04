#include "common/rpc/message_codec.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/rpc/errors.h"
#include "common/rpc/test_message.pb.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using v1::test::TestMessage;

constexpr int kPayloads[] = {TestMessage::kFirstFieldNumber,
                             TestMessage::kSecondFieldNumber};

grpc::Slice SliceOf(absl::string_view text) {
  SendBuffer buffer(text.size());
  if (!text.empty()) std::memcpy(buffer.data(), text.data(), text.size());
  return ToSlice(std::move(buffer));
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::string BytesOf(const PayloadView& payload) {
  std::string bytes;
  for (const absl::string_view piece : payload.pieces()) {
    bytes.append(piece.data(), piece.size());
  }
  return bytes;
}

// In pieces of `size` bytes, as they might come from the network.
grpc::ByteBuffer Cut(absl::string_view bytes, size_t size) {
  std::vector<grpc::Slice> slices;
  for (size_t i = 0; i < bytes.size(); i += size) {
    slices.push_back(SliceOf(bytes.substr(i, size)));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

TestMessage Header() {
  TestMessage header;
  header.set_text("text");
  header.set_count(uint64_t{1} << 63);
  header.add_sums(0.5);
  header.add_sums(-1e300);
  header.mutable_part()->set_name("part");
  header.add_parts()->add_numbers(-1);
  header.set_flag(true);
  header.set_fixed64(7);
  return header;
}

TEST(MessageCodecTest, TheGeneratedClassParsesWhatIsEncoded) {
  for (const size_t size : {0, 1, 127, 128, 100000}) {
    const std::string first(size, 'a');
    const std::string second(size / 2, 'b');
    const grpc::ByteBuffer wire = EncodeMessage(
        Header(),
        {{kPayloads[0], SliceOf(first)}, {kPayloads[1], SliceOf(second)}});
    TestMessage expected = Header();
    expected.set_first(first);
    expected.set_second(second);
    TestMessage parsed;
    ASSERT_TRUE(parsed.ParseFromString(BytesOf(wire)));
    EXPECT_EQ(parsed.SerializeAsString(), expected.SerializeAsString());
    EXPECT_EQ(wire.Length(), expected.ByteSizeLong());
  }
}

TEST(MessageCodecTest, DecodesWhatTheGeneratedClassWrites) {
  TestMessage sent = Header();
  sent.set_first(std::string(300, 'a'));
  sent.set_second("b");
  const std::string bytes = sent.SerializeAsString();
  for (const size_t piece : {1, 2, 7, 64, 1000}) {
    TestMessage header;
    const absl::StatusOr<ReceivedMessage> message =
        ReceivedMessage::Decode(Cut(bytes, piece), kPayloads, &header);
    ASSERT_TRUE(message.ok()) << message.status();
    EXPECT_EQ(header.SerializeAsString(), Header().SerializeAsString());
    EXPECT_EQ(BytesOf(message->payload(0)), sent.first());
    EXPECT_EQ(BytesOf(message->payload(1)), "b");
  }
}

TEST(MessageCodecTest, AMessageOutlivesItsBuffer) {
  TestMessage header;
  absl::StatusOr<ReceivedMessage> message = absl::InternalError("");
  {
    const grpc::ByteBuffer wire =
        EncodeMessage(Header(), {{kPayloads[0], SliceOf("abc")}});
    message = ReceivedMessage::Decode(wire, kPayloads, &header);
  }
  ASSERT_TRUE(message.ok()) << message.status();
  const ReceivedMessage moved = *std::move(message);
  EXPECT_EQ(BytesOf(moved.payload(0)), "abc");
  EXPECT_TRUE(moved.payload(1).empty());
}

TEST(MessageCodecTest, AnEmptyMessageIsAMessage) {
  const grpc::ByteBuffer wire = EncodeMessage(TestMessage(), {});
  EXPECT_EQ(wire.Length(), 0u);
  TestMessage header = Header();
  ASSERT_TRUE(ReceivedMessage::Decode(wire, kPayloads, &header).ok());
  EXPECT_EQ(header.ByteSizeLong(), 0u);
}

TEST(MessageCodecTest, RefusesWhatIsNoMessage) {
  struct Case {
    std::string bytes;
    std::string problem;
  };
  const std::string breaks = "the message's encoding breaks at byte ";
  for (const Case& c : {
           Case{"\x1A\x05"
                "abc",
                breaks + "2: a field of 5 bytes, but only 3 follow"},
           Case{"\x1A", breaks + "1: no length of a field"},
           Case{"\x0F", breaks + "1: unknown wire type 7"},
           Case{"\x0A\x01\xFF", "the message is no lineup.v1.test.TestMessage"},
       }) {
    TestMessage header;
    const absl::Status status =
        ReceivedMessage::Decode(Cut(c.bytes, 100), kPayloads, &header).status();
    EXPECT_EQ(status, MalformedError(c.problem));
  }
}

TEST(MessageCodecTest, JoinsMessagesAndSplitsThem) {
  constexpr int kParts = TestMessage::kPartsFieldNumber;
  TestMessage expected;
  std::vector<grpc::ByteBuffer> parts;
  for (const size_t size : {3, 0, 1000}) {
    TestMessage::Part* const part = expected.add_parts();
    part->set_name(std::string(size, 'a'));
    parts.push_back(EncodeMessage(*part, {}));
  }
  const grpc::ByteBuffer wire = JoinMessages(kParts, parts);
  EXPECT_EQ(BytesOf(wire), expected.SerializeAsString());
  for (const size_t piece : {1, 7, 64, 5000}) {
    absl::StatusOr<std::vector<grpc::ByteBuffer>> split =
        SplitMessages(Cut(BytesOf(wire), piece), kParts, 3);
    ASSERT_TRUE(split.ok()) << split.status();
    ASSERT_EQ(split->size(), 3u);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(BytesOf((*split)[i]), expected.parts(i).SerializeAsString());
    }
  }
  EXPECT_EQ(SplitMessages(wire, kParts, 2).status(),
            MalformedError(absl::StrCat("the message's field ", kParts,
                                        " has more than 2 values")));
  EXPECT_EQ(ReasonOf(SplitMessages(Cut("\xFF", 1), kParts, 1).status()),
            v1::ERROR_REASON_MALFORMED);
}

TEST(MessageCodecTest, ALentSliceHoldsItsOwner) {
  auto owner = std::make_shared<std::string>(1000, 'a');
  const std::weak_ptr<std::string> alive = owner;
  {
    grpc::Slice slice = LendSlice(*owner, owner);
    EXPECT_EQ(static_cast<const void*>(slice.begin()), owner->data());
    const grpc::ByteBuffer wire =
        EncodeMessage(TestMessage(), {{kPayloads[0], std::move(slice)}});
    owner.reset();
    EXPECT_FALSE(alive.expired());
  }
  EXPECT_TRUE(alive.expired());
}

}  // namespace
}  // namespace lineup
