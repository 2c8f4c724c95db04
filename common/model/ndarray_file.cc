#include "common/model/ndarray_file.h"

#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/model/ndarray_elements.h"
#include "glog/logging.h"

namespace lineup {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the file is little-endian and is copied without swapping");

constexpr uint64_t kListMagic = 0x112;
constexpr uint32_t kV1Magic = 0xF993FAC8;
constexpr uint32_t kV2Magic = 0xF993FAC9;
constexpr uint32_t kV3Magic = 0xF993FACA;
// MXNet itself has no limit; nothing real comes near this one.
constexpr int32_t kMaxDimensions = 32;

class Parser {
 public:
  Parser(absl::string_view bytes, absl::string_view file)
      : bytes_(bytes), file_(file) {}

  absl::StatusOr<std::vector<NdArray>> ParseFile();

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ": at byte ", position_, ": ", what));
  }
  uint64_t remaining() const { return bytes_.size() - position_; }

  template <typename T>
  absl::Status Read(absl::string_view what, T* value) {
    if (remaining() < sizeof(T)) {
      return Error(absl::StrCat("the file ends inside ", what, " (", sizeof(T),
                                " bytes needed, ", remaining(),
                                " left); it is truncated: copy it again"));
    }
    std::memcpy(value, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return absl::OkStatus();
  }

  absl::Status ReadHeader(uint64_t* count);
  absl::Status ReadArray(uint64_t index, NdArray* array);
  // Sets `*present` to false for an array of unknown or no shape, after which
  // nothing is stored.
  absl::Status ReadShape(uint32_t magic, uint64_t index, NdArray* array,
                         bool* present);
  absl::Status ReadDimensions(int32_t ndim, bool wide, NdArray* array);
  absl::Status ReadData(uint64_t index, NdArray* array);
  absl::Status ReadNames(std::vector<NdArray>* arrays);

  const absl::string_view bytes_;
  const absl::string_view file_;
  uint64_t position_ = 0;
};

absl::Status Parser::ReadHeader(uint64_t* count) {
  uint64_t magic = 0;
  uint64_t reserved = 0;
  LINEUP_RETURN_IF_ERROR(Read("the file's magic number", &magic));
  if (magic != kListMagic) {
    position_ = 0;
    return Error(absl::StrFormat(
        "the file starts with 0x%x, expected 0x%x; this is not an MXNet "
        "parameter file (.params)",
        magic, kListMagic));
  }
  LINEUP_RETURN_IF_ERROR(Read("the reserved word", &reserved));
  LINEUP_RETURN_IF_ERROR(Read("the number of arrays", count));
  if (*count > remaining() / sizeof(uint32_t)) {
    return Error(absl::StrCat("the file claims ", *count, " arrays but only ",
                              remaining(), " bytes follow; it is damaged"));
  }
  return absl::OkStatus();
}

absl::Status Parser::ReadDimensions(int32_t ndim, bool wide, NdArray* array) {
  for (int32_t i = 0; i < ndim; ++i) {
    int64_t dimension = 0;
    if (wide) {
      LINEUP_RETURN_IF_ERROR(Read("an array's shape", &dimension));
    } else {
      uint32_t narrow = 0;
      LINEUP_RETURN_IF_ERROR(Read("an array's shape", &narrow));
      dimension = narrow;
    }
    array->shape.push_back(dimension);
  }
  return absl::OkStatus();
}

absl::Status Parser::ReadShape(uint32_t magic, uint64_t index, NdArray* array,
                               bool* present) {
  const bool wide = magic >= kV1Magic && magic <= kV3Magic;
  int32_t ndim = 0;
  if (wide) {
    LINEUP_RETURN_IF_ERROR(Read("an array's number of dimensions", &ndim));
  } else {  // V0 has no magic: the word is the number of dimensions itself
    ndim = static_cast<int32_t>(magic);
  }
  const int32_t least = magic == kV3Magic ? -1 : 0;
  if (ndim < least || ndim > kMaxDimensions) {
    position_ -= sizeof(uint32_t);
    return Error(absl::StrFormat(
        "array %d starts with 0x%x, which is neither a known version nor a "
        "number of dimensions up to %d; the file is damaged",
        index, static_cast<uint32_t>(ndim), kMaxDimensions));
  }
  LINEUP_RETURN_IF_ERROR(ReadDimensions(ndim, wide, array));
  *present = ndim != least;
  return absl::OkStatus();
}

absl::Status Parser::ReadData(uint64_t index, NdArray* array) {
  int32_t device_type = 0;
  int32_t device_id = 0;
  int32_t type = 0;
  LINEUP_RETURN_IF_ERROR(Read("an array's device", &device_type));
  LINEUP_RETURN_IF_ERROR(Read("an array's device number", &device_id));
  LINEUP_RETURN_IF_ERROR(Read("an array's element type", &type));
  if (type < 0 || type >= kNumNdArrayElementTypes) {
    return Error(absl::StrCat("array ", index, " has element type ", type,
                              ", expected 0 (float32) to ",
                              kNumNdArrayElementTypes - 1));
  }
  const NdArrayElementType& element = ElementTypeOf(type);
  const uint64_t fitting = remaining() / element.bytes;
  uint64_t count = 1;
  bool fits = true;
  for (const int64_t dimension : array->shape) {
    fits = fits && dimension >= 0 &&
           (dimension == 0 || count <= fitting / dimension);
    count *= fits ? dimension : 0;
  }
  if (!fits || count > fitting) {  // the latter: a scalar, without dimensions
    return Error(absl::StrCat(
        "array ", index, " claims the shape (",
        absl::StrJoin(array->shape, ", "), ") of ", element.name, " but only ",
        remaining(), " bytes follow; the file is truncated or damaged"));
  }
  if (array->shape.empty()) array->shape = {1};
  const uint64_t size = count * element.bytes;
  array->values = ElementsToFloat(type, bytes_.substr(position_, size));
  position_ += size;
  return absl::OkStatus();
}

absl::Status Parser::ReadArray(uint64_t index, NdArray* array) {
  uint32_t magic = 0;
  LINEUP_RETURN_IF_ERROR(Read("an array's version", &magic));
  if (magic == kV2Magic || magic == kV3Magic) {
    int32_t storage = 0;
    LINEUP_RETURN_IF_ERROR(Read("an array's storage type", &storage));
    if (storage != 0) {
      return Error(absl::StrCat(
          "array ", index, " has storage type ", storage,
          ", expected 0 (dense); convert it with tostype('default') in MXNet"));
    }
  }
  bool present = false;
  LINEUP_RETURN_IF_ERROR(ReadShape(magic, index, array, &present));
  if (!present) return absl::OkStatus();
  return ReadData(index, array);
}

absl::Status Parser::ReadNames(std::vector<NdArray>* arrays) {
  uint64_t count = 0;
  LINEUP_RETURN_IF_ERROR(Read("the number of names", &count));
  if (count == 0) return absl::OkStatus();
  if (count != arrays->size()) {
    return Error(absl::StrCat("the file has ", arrays->size(), " arrays and ",
                              count,
                              " names, expected as many; it is damaged"));
  }
  for (NdArray& array : *arrays) {
    uint64_t length = 0;
    LINEUP_RETURN_IF_ERROR(Read("the length of a name", &length));
    if (length > remaining()) {
      return Error(absl::StrCat("a name claims ", length, " bytes but only ",
                                remaining(), " follow; the file is damaged"));
    }
    array.name = std::string(bytes_.substr(position_, length));
    position_ += length;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NdArray>> Parser::ParseFile() {
  uint64_t count = 0;
  LINEUP_RETURN_IF_ERROR(ReadHeader(&count));
  std::vector<NdArray> arrays;
  for (uint64_t i = 0; i < count; ++i) {
    arrays.emplace_back();
    LINEUP_RETURN_IF_ERROR(ReadArray(i, &arrays.back()));
  }
  LINEUP_RETURN_IF_ERROR(ReadNames(&arrays));
  if (remaining() != 0) {
    return Error(absl::StrCat(remaining(),
                              " bytes follow the end of the list; the file is "
                              "damaged or two files were joined"));
  }
  return arrays;
}

template <typename T>
void Append(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

absl::StatusOr<std::vector<NdArray>> ParseNdArrayFile(absl::string_view bytes,
                                                      absl::string_view file) {
  return Parser(bytes, file).ParseFile();
}

std::string SerializeNdArrayFile(absl::Span<const NdArray> arrays) {
  constexpr int32_t kDense = 0;
  constexpr int32_t kCpu = 1;
  constexpr int32_t kDeviceId = 0;
  size_t num_values = 0;
  for (const NdArray& array : arrays) num_values += array.values.size();
  std::string out;
  out.reserve(num_values * sizeof(float) + 256 * (arrays.size() + 1));
  Append<uint64_t>(kListMagic, &out);
  Append<uint64_t>(0, &out);
  Append<uint64_t>(arrays.size(), &out);
  for (const NdArray& array : arrays) {
    size_t count = array.shape.empty() ? 0 : 1;
    Append<uint32_t>(kV2Magic, &out);
    Append<int32_t>(kDense, &out);
    Append<int32_t>(static_cast<int32_t>(array.shape.size()), &out);
    for (const int64_t dimension : array.shape) {
      Append<int64_t>(dimension, &out);
      count *= static_cast<size_t>(dimension);
    }
    CHECK_EQ(count, array.values.size()) << array.name;
    if (array.shape.empty()) continue;
    Append<int32_t>(kCpu, &out);
    Append<int32_t>(kDeviceId, &out);
    Append<int32_t>(kNdArrayFloat32, &out);
    out.append(reinterpret_cast<const char*>(array.values.data()),
               array.values.size() * sizeof(float));
  }
  Append<uint64_t>(arrays.size(), &out);
  for (const NdArray& array : arrays) {
    Append<uint64_t>(array.name.size(), &out);
    out.append(array.name);
  }
  return out;
}

}  // namespace lineup
