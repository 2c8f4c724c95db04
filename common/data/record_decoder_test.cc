#include "common/data/record_decoder.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/record.pb.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Encode(const std::string& text) {
  aialgs::data::Record record;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &record))
      << text;
  return record.SerializeAsString();
}

DecodedRecord Decode(absl::string_view bytes) {
  DecodedRecord record;
  const auto error = DecodeRecord(bytes, true, &record);
  EXPECT_FALSE(error) << error->message;
  return record;
}

std::string ErrorOf(absl::string_view bytes) {
  DecodedRecord record;
  const auto error = DecodeRecord(bytes, true, &record);
  return error ? absl::StrCat("(", error->name, ") ", error->message) : "";
}

TEST(RecordDecoderTest, ReadsEveryTypeOfTensor) {
  const DecodedRecord floats = Decode(Encode(R"pb(
    features {
      key: "values"
      value { float32_tensor { values: 1.5 values: -2 shape: 2 } }
    }
    label {
      key: "values"
      value { float32_tensor { values: 3 } }
    })pb"));
  EXPECT_THAT(floats.features.values, ElementsAre(1.5f, -2));
  EXPECT_THAT(floats.features.keys, IsEmpty());
  EXPECT_THAT(floats.features.shape, ElementsAre(2));
  EXPECT_TRUE(floats.has_label);
  EXPECT_THAT(floats.label.values, ElementsAre(3));

  const DecodedRecord doubles = Decode(Encode(R"pb(
    uid: "u"
    features {
      key: "values"
      value {
        float64_tensor {
          values: 0.1
          values: 1e300
          keys: 5
          keys: 700
          shape: 1000
        }
      }
    }
    metadata: "m")pb"));
  EXPECT_EQ(doubles.features.values[0], 0.1f);
  EXPECT_THAT(doubles.features.keys, ElementsAre(5, 700));
  EXPECT_THAT(doubles.features.shape, ElementsAre(1000));
  ASSERT_TRUE(doubles.features.too_large);
  EXPECT_EQ(doubles.features.too_large->index, 1u);
  EXPECT_EQ(doubles.features.too_large->value, 1e300);
  EXPECT_FALSE(doubles.has_label);

  const DecodedRecord integers = Decode(Encode(R"pb(
    features {
      key: "values"
      value { int32_tensor { values: -1 values: 2147483647 } }
    })pb"));
  EXPECT_THAT(integers.features.values, ElementsAre(-1, 2147483647.0f));
}

// A field of a message: tag, length, contents.
std::string Field(int number, absl::string_view contents) {
  return absl::StrCat(std::string(1, static_cast<char>(number << 3 | 2)),
                      std::string(1, static_cast<char>(contents.size())),
                      contents);
}

std::string Features(absl::string_view tensor, int type = 2) {
  return Field(1, Field(1, "values") + Field(2, Field(type, tensor)));
}

TEST(RecordDecoderTest, ReadsWhatOtherWritersWrite) {
  const std::string one("\0\0\x80\x3f", 4);
  const std::string two("\0\0\0\x40", 4);
  // Not packed; packed in two pieces; both.
  for (const std::string& tensor :
       {"\x0d" + one + "\x0d" + two, Field(1, one) + Field(1, two),
        Field(1, one) + "\x0d" + two}) {
    EXPECT_THAT(Decode(Features(tensor)).features.values, ElementsAre(1, 2));
  }
  // Keys, shape and integers that are not packed, and fields in any order.
  const std::string sparse = "\x18\x09" + Field(1, one) + "\x10\x07";
  EXPECT_THAT(Decode(Features(sparse)).features.keys, ElementsAre(7));
  EXPECT_THAT(Decode(Features(sparse)).features.shape, ElementsAre(9));
  EXPECT_THAT(Decode(Features("\x08\x05\x08\x06", 7)).features.values,
              ElementsAre(5, 6));
  // The value before the key.
  EXPECT_THAT(
      Decode(Field(1, Field(2, Field(2, Field(1, one))) + Field(1, "values")))
          .features.values,
      ElementsAre(1));
  // The label before the features.
  const DecodedRecord label_first =
      Decode(Field(2, Field(1, "values") + Field(2, Field(2, Field(1, two)))) +
             Features(Field(1, one)));
  EXPECT_THAT(label_first.label.values, ElementsAre(2));
  EXPECT_THAT(label_first.features.values, ElementsAre(1));
  // The last entry, and of its alternatives the last, count.
  EXPECT_THAT(
      Decode(Features(Field(1, one)) + Features("\x08\x05", 7)).features.values,
      ElementsAre(5));
  EXPECT_THAT(
      Decode(Field(1, Field(1, "values") + Field(2, Field(2, Field(1, one)) +
                                                        Field(7, "\x08\x05"))))
          .features.values,
      ElementsAre(5));
  // Unknown fields, and known ones of other types.
  EXPECT_THAT(Decode("\xa0\x06\x01" +
                     Features("\x08\x01" + Field(1, one) + Field(9, "new")))
                  .features.values,
              ElementsAre(1));
}

TEST(RecordDecoderTest, TheLabelIsLeftOutOnRequest) {
  const std::string bytes = Encode(R"pb(
    features {
      key: "values"
      value { float32_tensor { values: 1 } }
    }
    label {
      key: "score"
      value { float32_tensor { values: 1 } }
    })pb");
  DecodedRecord record;
  EXPECT_FALSE(DecodeRecord(bytes, false, &record));
  EXPECT_FALSE(record.has_label);
  EXPECT_EQ(ErrorOf(bytes),
            "(label) found the key \"score\" in the record's label, expected "
            "the single key \"values\"; write one tensor under that key");
}

TEST(RecordDecoderTest, MemoryIsUsedAgainButNotItsContents) {
  DecodedRecord record;
  EXPECT_FALSE(DecodeRecord(
      Encode(R"pb(
        features {
          key: "values"
          value { float64_tensor { values: 1e300 keys: 1 shape: 2 } }
        }
        label {
          key: "values"
          value { float32_tensor { values: 1 } }
        })pb"),
      true, &record));
  EXPECT_FALSE(DecodeRecord(Encode(R"pb(
                              features {
                                key: "values"
                                value { float32_tensor { values: 7 } }
                              })pb"),
                            true, &record));
  EXPECT_FALSE(record.has_label);
  EXPECT_THAT(record.features.values, ElementsAre(7));
  EXPECT_THAT(record.features.keys, IsEmpty());
  EXPECT_THAT(record.features.shape, IsEmpty());
  EXPECT_FALSE(record.features.too_large);
}

TEST(RecordDecoderTest, RefusesOtherContents) {
  EXPECT_EQ(ErrorOf(Encode(R"pb(
              features {
                key: "values"
                value { float32_tensor { values: 1 } }
              }
              features {
                key: "age"
                value { float32_tensor { values: 1 } }
              })pb")),
            "() found the key \"age\" in the record's features, expected the "
            "single key \"values\"; write one tensor under that key");
  EXPECT_EQ(ErrorOf(Encode(R"pb(
              features {
                key: "values"
                value { bytes { value: "jpeg" } }
              })pb")),
            "() found bytes in the record's features, expected a tensor of "
            "float32, float64 or int32; store numbers");
  EXPECT_EQ(ErrorOf(Field(1, Field(1, "values"))),
            "() found no tensor in the record's features, expected a tensor of "
            "float32, float64 or int32; store numbers");
  EXPECT_EQ(ErrorOf(Encode(R"pb(
              label {
                key: "values"
                value { float32_tensor { values: 1 } }
              })pb")),
            "() found a record without features, expected a tensor under the "
            "key \"values\"; check that the file holds examples, not "
            "predictions");
}

TEST(RecordDecoderTest, RefusesDamage) {
  const std::string damaged =
      "() found bytes that are not a Protocol Buffers message, expected "
      "aialgs.data.Record; the file is damaged or holds other records";
  EXPECT_EQ(ErrorOf("1,2,3\n"), damaged);
  EXPECT_EQ(ErrorOf(Features(Field(1, "abc"))), damaged);
  EXPECT_EQ(ErrorOf(Features(Field(2, "\x80"))), damaged);
  EXPECT_EQ(ErrorOf(Features("\x0d"
                             "abc")),
            damaged);
  const std::string good = Features(Field(1, "abcd"));
  for (size_t size = 1; size < good.size(); ++size) {
    EXPECT_EQ(ErrorOf(good.substr(0, size)), damaged);
  }
}

}  // namespace
}  // namespace lineup
