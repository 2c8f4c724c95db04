// On anything a peer could send, in pieces cut anywhere: header and payloads
// together mean what the generated class makes of the whole, and what it
// refuses is refused. So do the values of a repeated field.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/random.h"
#include "common/rpc/test_message.pb.h"
#include "common/rpc/wire_splitter.h"

namespace lineup {
namespace {

using v1::test::TestMessage;

constexpr int kPayloads[] = {TestMessage::kFirstFieldNumber,
                             TestMessage::kSecondFieldNumber};

std::string BytesOf(const PayloadView& payload) {
  std::string bytes(payload.size(), '\0');
  PayloadReader(payload).Read(&bytes[0], bytes.size());
  return bytes;
}

// Cut at places that depend on the bytes alone.
std::vector<absl::string_view> CutAtRandom(absl::string_view bytes) {
  SplitMix64 random(bytes.size());
  std::vector<absl::string_view> pieces;
  while (!bytes.empty()) {
    const size_t size = random.Below(std::min<size_t>(bytes.size(), 9) + 1);
    pieces.push_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return pieces;
}

void CheckRepeatedField(const std::vector<absl::string_view>& pieces,
                        const TestMessage& whole) {
  const size_t count = whole.parts_size();
  const auto values =
      SplitRepeatedField(pieces, TestMessage::kPartsFieldNumber, count);
  if (!values.ok() || values->size() != count) std::abort();
  for (size_t i = 0; i < count; ++i) {
    TestMessage::Part part;
    if (!part.ParseFromString(BytesOf((*values)[i]))) std::abort();
    const std::string expected =
        whole.parts(static_cast<int>(i)).SerializeAsString();
    if (part.SerializeAsString() != expected) std::abort();
  }
  if (count > 0 &&
      SplitRepeatedField(pieces, TestMessage::kPartsFieldNumber, count - 1)
          .ok()) {
    std::abort();
  }
}

void Check(absl::string_view bytes) {
  TestMessage whole;
  const bool valid =
      whole.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  const std::vector<absl::string_view> pieces = CutAtRandom(bytes);
  absl::StatusOr<SplitWire> wire = SplitWireMessage(pieces, kPayloads);
  TestMessage joined;
  const bool accepted = wire.ok() && joined.ParseFromString(wire->header);
  if (accepted != valid) std::abort();
  if (!valid) return;
  CheckRepeatedField(pieces, whole);
  joined.set_first(BytesOf(wire->payloads[0]));
  joined.set_second(BytesOf(wire->payloads[1]));
  if (joined.SerializeAsString() != whole.SerializeAsString()) std::abort();
}

}  // namespace
}  // namespace lineup

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lineup::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
