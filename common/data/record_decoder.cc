#include "common/data/record_decoder.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/data/parse_errors.h"
#include "common/data/wire_reader.h"

namespace lineup {
namespace {

// Field numbers of proto/record.proto.
constexpr uint32_t kRecordFeatures = 1;
constexpr uint32_t kRecordLabel = 2;
constexpr uint32_t kEntryKey = 1;
constexpr uint32_t kEntryValue = 2;
constexpr uint32_t kValueFloat32 = 2;
constexpr uint32_t kValueFloat64 = 3;
constexpr uint32_t kValueInt32 = 7;
constexpr uint32_t kValueBytes = 9;
constexpr uint32_t kTensorValues = 1;
constexpr uint32_t kTensorKeys = 2;
constexpr uint32_t kTensorShape = 3;

constexpr absl::string_view kOnlyKey = "values";

TensorError Damaged() {
  return {"",
          "found bytes that are not a Protocol Buffers message, expected "
          "aialgs.data.Record; the file is damaged or holds other records"};
}

void AddFloats(absl::string_view bytes, Tensor* tensor) {
  if (bytes.empty()) return;  // memcpy takes no null, even of no bytes
  const size_t old_size = tensor->values.size();
  const size_t count = bytes.size() / sizeof(float);
  tensor->values.resize(old_size + count);
  std::memcpy(tensor->values.data() + old_size, bytes.data(),
              count * sizeof(float));
}

void AddDoubles(absl::string_view bytes, Tensor* tensor) {
  for (; bytes.size() >= sizeof(double); bytes.remove_prefix(sizeof(double))) {
    double value;
    std::memcpy(&value, bytes.data(), sizeof(value));
    const float rounded = static_cast<float>(value);
    if (std::isfinite(value) && !std::isfinite(rounded) && !tensor->too_large) {
      tensor->too_large = {tensor->values.size(), value};
    }
    tensor->values.push_back(rounded);
  }
}

void AddInteger(uint64_t number, Tensor* tensor) {
  tensor->values.push_back(
      static_cast<float>(static_cast<int32_t>(static_cast<uint32_t>(number))));
}

// Adds a field of integers, which is one of them or packed.
template <typename Add>
bool AddVarints(const WireReader& field, Add add) {
  if (field.type() == WireType::kVarint) add(field.number());
  if (field.type() != WireType::kBytes) return true;
  WireReader packed(field.bytes());
  uint64_t number;
  while (packed.NextVarint(&number)) add(number);
  return !packed.failed();
}

bool AddValues(uint32_t kind, const WireReader& field, Tensor* tensor) {
  const WireType type = field.type();
  if (kind == kValueInt32) {
    return AddVarints(field,
                      [&](uint64_t number) { AddInteger(number, tensor); });
  }
  const WireType single =
      kind == kValueFloat32 ? WireType::kFixed32 : WireType::kFixed64;
  const size_t size = kind == kValueFloat32 ? sizeof(float) : sizeof(double);
  if (type != single && type != WireType::kBytes) return true;
  if (field.bytes().size() % size != 0) return false;
  if (kind == kValueFloat32) {
    AddFloats(field.bytes(), tensor);
  } else {
    AddDoubles(field.bytes(), tensor);
  }
  return true;
}

// Adds the contents of Float32Tensor, Float64Tensor or Int32Tensor. Of Bytes
// there is nothing to add.
bool AddTensor(uint32_t kind, absl::string_view bytes, Tensor* tensor) {
  WireReader fields(bytes);
  while (fields.NextField()) {
    bool good = true;
    if (kind == kValueBytes) continue;
    if (fields.field() == kTensorValues) {
      good = AddValues(kind, fields, tensor);
    } else if (fields.field() == kTensorKeys) {
      good = AddVarints(fields,
                        [&](uint64_t key) { tensor->keys.push_back(key); });
    } else if (fields.field() == kTensorShape) {
      good = AddVarints(
          fields, [&](uint64_t extent) { tensor->shape.push_back(extent); });
    }
    if (!good) return false;
  }
  return !fields.failed();
}

// One entry of a map from names to values.
class EntryReader {
 public:
  explicit EntryReader(absl::string_view map_name) : map_name_(map_name) {}

  absl::optional<TensorError> Read(absl::string_view bytes, Tensor* tensor) {
    tensor->Clear();
    key_ = {};
    kind_ = 0;
    WireReader fields(bytes);
    while (fields.NextField()) {
      if (fields.type() != WireType::kBytes) continue;
      if (fields.field() == kEntryKey) key_ = fields.bytes();
      if (fields.field() == kEntryValue && !ReadValue(fields.bytes(), tensor)) {
        return Damaged();
      }
    }
    if (fields.failed()) return Damaged();
    return Check();
  }

 private:
  // Of the alternatives the last one counts; the same one again adds to it.
  bool ReadValue(absl::string_view bytes, Tensor* tensor) {
    WireReader fields(bytes);
    while (fields.NextField()) {
      const uint32_t kind = fields.field();
      const bool known = kind == kValueFloat32 || kind == kValueFloat64 ||
                         kind == kValueInt32 || kind == kValueBytes;
      if (!known || fields.type() != WireType::kBytes) continue;
      if (kind != kind_) tensor->Clear();
      kind_ = kind;
      if (!AddTensor(kind, fields.bytes(), tensor)) return false;
    }
    return !fields.failed();
  }

  absl::optional<TensorError> Check() const {
    const std::string name = map_name_ == "label" ? "label" : "";
    if (key_ != kOnlyKey) {
      return TensorError{name,
                         absl::StrCat("found the key ", Quoted(key_),
                                      " in the record's ", map_name_,
                                      ", expected the single key \"values\"; "
                                      "write one tensor under that key")};
    }
    if (kind_ == kValueBytes || kind_ == 0) {
      return TensorError{
          name,
          absl::StrCat("found ", kind_ == 0 ? "no tensor" : "bytes",
                       " in the record's ", map_name_,
                       ", expected a tensor of float32, float64 or int32; "
                       "store numbers")};
    }
    return absl::nullopt;
  }

  const absl::string_view map_name_;
  absl::string_view key_;
  uint32_t kind_ = 0;
};

}  // namespace

absl::optional<TensorError> DecodeRecord(absl::string_view bytes,
                                         bool with_label,
                                         DecodedRecord* record) {
  record->has_features = false;
  record->has_label = false;
  WireReader fields(bytes);
  while (fields.NextField()) {
    if (fields.type() != WireType::kBytes) continue;
    if (fields.field() == kRecordFeatures) {
      record->has_features = true;
      if (auto error =
              EntryReader("features").Read(fields.bytes(), &record->features)) {
        return error;
      }
    } else if (fields.field() == kRecordLabel && with_label) {
      record->has_label = true;
      if (auto error =
              EntryReader("label").Read(fields.bytes(), &record->label)) {
        return error;
      }
    }
  }
  if (fields.failed()) return Damaged();
  if (!record->has_features) {
    return TensorError{
        "",
        "found a record without features, expected a tensor under the key "
        "\"values\"; check that the file holds examples, not predictions"};
  }
  return absl::nullopt;
}

}  // namespace lineup
