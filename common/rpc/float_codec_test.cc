#include "common/rpc/float_codec.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

std::string Encode(FloatFormat format, const std::vector<float>& values) {
  std::string bytes(values.size() * BytesPerFloat(format), '\0');
  EncodeFloats(format, values.data(), values.size(), &bytes[0]);
  return bytes;
}

TEST(FloatCodecTest, TheBytesAreAsDocumented) {
  EXPECT_EQ(Encode(FloatFormat::kFloat32, {1.0f, -2.5f}),
            std::string("\x00\x00\x80\x3F\x00\x00\x20\xC0", 8));
  EXPECT_EQ(Encode(FloatFormat::kBfloat16, {1.0f, -2.5f}),
            std::string("\x80\x3F\x20\xC0", 4));
}

TEST(FloatCodecTest, ReadsWhatItWroteWhereverThePiecesEnd) {
  for (const FloatFormat format :
       {FloatFormat::kFloat32, FloatFormat::kBfloat16}) {
    const std::vector<float> values = {1, -2, 0.5, 256, -0.0f, 3};
    const std::string bytes = Encode(format, values);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      PayloadView payload;
      payload.Append(absl::string_view(bytes).substr(0, cut));
      payload.Append(absl::string_view(bytes).substr(cut));
      FloatReader reader(format, payload);
      std::vector<float> out(values.size());
      reader.Read(out.data(), 2);
      reader.Read(out.data() + 2, 4);
      EXPECT_THAT(out, ElementsAre(1, -2, 0.5, 256, 0, 3));
    }
  }
}

TEST(FloatCodecTest, LongArraysOfBfloat16) {
  std::vector<float> values(5000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i % 256;
  const std::string bytes = Encode(FloatFormat::kBfloat16, values);
  PayloadView payload;
  payload.Append(bytes);
  std::vector<float> out(values.size());
  FloatReader(FloatFormat::kBfloat16, payload).Read(out.data(), out.size());
  EXPECT_EQ(out, values);
  out.assign(values.size(), 0);
  DecodeFloats(FloatFormat::kBfloat16, bytes.data(), out.size(), out.data());
  EXPECT_EQ(out, values);
}

}  // namespace
}  // namespace lineup
