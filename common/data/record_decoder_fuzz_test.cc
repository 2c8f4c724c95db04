#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/data/record_decoder.h"
#include "glog/logging.h"
#include "proto/record.pb.h"

namespace lineup {
namespace {

using aialgs::data::Value;

// Whether two numbers are the same, two NaNs too.
bool Same(float a, float b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

template <typename ProtoTensor>
void CheckTensor(const Tensor& tensor, const ProtoTensor& proto) {
  CHECK_EQ(tensor.values.size(), static_cast<size_t>(proto.values_size()));
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    CHECK(Same(tensor.values[i], static_cast<float>(proto.values(i))));
  }
  CHECK(tensor.keys ==
        std::vector<uint64_t>(proto.keys().begin(), proto.keys().end()));
  CHECK(tensor.shape ==
        std::vector<uint64_t>(proto.shape().begin(), proto.shape().end()));
}

void CheckValue(const Tensor& tensor, const Value& value) {
  switch (value.value_case()) {
    case Value::kFloat32Tensor:
      return CheckTensor(tensor, value.float32_tensor());
    case Value::kFloat64Tensor:
      return CheckTensor(tensor, value.float64_tensor());
    case Value::kInt32Tensor:
      return CheckTensor(tensor, value.int32_tensor());
    default:
      LOG(FATAL) << "a tensor from another value: " << value.DebugString();
  }
}

using ValueMap = google::protobuf::Map<std::string, Value>;

bool IsOneTensor(const ValueMap& map) {
  const auto value = map.find("values");
  return map.size() == 1 && value != map.end() &&
         value->second.value_case() != Value::kBytes &&
         value->second.value_case() != Value::VALUE_NOT_SET;
}

void CheckRecord(const DecodedRecord& record,
                 const aialgs::data::Record& proto) {
  CHECK(IsOneTensor(proto.features()));
  CheckValue(record.features, proto.features().at("values"));
  CHECK_EQ(record.has_label, !proto.label().empty());
  if (!record.has_label) return;
  CHECK(IsOneTensor(proto.label()));
  CheckValue(record.label, proto.label().at("values"));
}

}  // namespace
}  // namespace lineup

// What is decoded is what the protobuf library reads, and what that writes is
// decoded.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  aialgs::data::Record proto;
  const bool parsed = proto.ParseFromArray(data, static_cast<int>(size));
  lineup::DecodedRecord record;
  if (!lineup::DecodeRecord(bytes, true, &record)) {
    CHECK(parsed);
    lineup::CheckRecord(record, proto);
  }
  if (parsed && lineup::IsOneTensor(proto.features()) &&
      (proto.label().empty() || lineup::IsOneTensor(proto.label()))) {
    proto.DiscardUnknownFields();
    CHECK(!lineup::DecodeRecord(proto.SerializeAsString(), true, &record));
    lineup::CheckRecord(record, proto);
  }
  return 0;
}
