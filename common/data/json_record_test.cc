#include "common/data/json_record.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

JsonRecord Read(absl::string_view text) {
  JsonRecord record;
  RecordError error;
  EXPECT_TRUE(ReadJsonRecord(text, true, &record, &error))
      << text << ": " << error.message;
  return record;
}

// "position (name): message"
std::string ErrorOf(absl::string_view text) {
  JsonRecord record;
  RecordError error;
  if (ReadJsonRecord(text, true, &record, &error)) return "";
  EXPECT_EQ(error.position, error.offset + 1);
  return absl::StrCat(error.position, " (", error.name, "): ", error.message);
}

TEST(JsonRecordTest, ReadsTheThreeForms) {
  const JsonRecord plain = Read("{\"features\":[1.5,16,-14e-1,0]}");
  EXPECT_THAT(plain.features.values, ElementsAre(1.5f, 16, -1.4f, 0));
  EXPECT_THAT(plain.features.keys, IsEmpty());
  EXPECT_FALSE(plain.features.sparse());
  EXPECT_FALSE(plain.has_label);
  EXPECT_EQ(plain.features_offset, 12u);

  const JsonRecord dense =
      Read(" { \"data\" : { \"features\" : { \"values\" : [ 1 , 2 ] } } } ");
  EXPECT_THAT(dense.features.values, ElementsAre(1, 2));

  const JsonRecord sparse = Read(
      "{\"data\":{\"features\":{\"keys\":[26,182],\"shape\":[2000],"
      "\"values\":[1,1]}}}");
  EXPECT_TRUE(sparse.features.sparse());
  EXPECT_THAT(sparse.features.keys, ElementsAre(26, 182));
  EXPECT_THAT(sparse.features.shape, ElementsAre(2000));
  EXPECT_THAT(sparse.features.values, ElementsAre(1, 1));
}

TEST(JsonRecordTest, ReadsTheLabel) {
  const JsonRecord last = Read("{\"features\":[1], \"label\":  -2.5}");
  EXPECT_TRUE(last.has_label);
  EXPECT_THAT(last.label.values, ElementsAre(-2.5f));
  EXPECT_EQ(last.label_offset, 27u);
  const JsonRecord first = Read("{\"label\":3,\"features\":[1]}");
  EXPECT_THAT(first.label.values, ElementsAre(3));
  EXPECT_EQ(first.label_offset, 9u);
  EXPECT_EQ(first.features_offset, 22u);
}

TEST(JsonRecordTest, PassesOverWhatItDoesNotKnow) {
  for (const char* text :
       {"{\"id\":\"a\",\"features\":[1],\"configuration\":{}}",
        "{\"configuration\":{\"features\":[\"x\"],\"label\":{}},"
        "\"features\":[1]}",
        "{\"other\":[[1],{\"values\":null},true,-1,1e5],\"features\":[1]}",
        "{\"data\":{\"label\":null,\"features\":{\"values\":[1],\"note\":[]}},"
        "\"features \":2}"}) {
    const JsonRecord record = Read(text);
    EXPECT_THAT(record.features.values, ElementsAre(1)) << text;
    EXPECT_FALSE(record.has_label) << text;
  }
}

TEST(JsonRecordTest, TheLabelIsLeftOutOnRequest) {
  JsonRecord record;
  RecordError error;
  const char* const text = "{\"label\":[\"yes\"],\"features\":[1]}";
  EXPECT_TRUE(ReadJsonRecord(text, false, &record, &error)) << error.message;
  EXPECT_FALSE(record.has_label);
  EXPECT_THAT(record.features.values, ElementsAre(1));
}

TEST(JsonRecordTest, RoundsDecimalsOnce) {
  // Halfway between two floats but for the last digit: rounding by way of a
  // double would go down.
  EXPECT_THAT(
      Read("{\"features\":[1.000000059604644775390626]}").features.values,
      ElementsAre(1.00000012f));
}

TEST(JsonRecordTest, MemoryIsUsedAgainButNotItsContents) {
  JsonRecord record;
  RecordError error;
  EXPECT_TRUE(ReadJsonRecord(
      "{\"data\":{\"features\":{\"keys\":[1],\"shape\":[9],\"values\":[1]}},"
      "\"label\":1}",
      true, &record, &error));
  EXPECT_TRUE(ReadJsonRecord("{\"features\":[7]}", true, &record, &error));
  EXPECT_THAT(record.features.values, ElementsAre(7));
  EXPECT_THAT(record.features.keys, IsEmpty());
  EXPECT_THAT(record.features.shape, IsEmpty());
  EXPECT_FALSE(record.has_label);
}

TEST(JsonRecordTest, SaysWhichValueIsWrongAndWhereItStands) {
  EXPECT_EQ(ErrorOf("{\"features\":[1, null]}"),
            "17 (feature 1): found \"null\" (a missing value), expected a "
            "number; fill it in, drop the row, or skip such rows with "
            "--max-bad-records");
  EXPECT_EQ(ErrorOf("{\"features\":[1,\"a, [\\\"b\"]}"),
            "16 (feature 1): found \"a, [\\\"b\", expected a number; encode "
            "text as numbers first (one column a category, 0 or 1)");
  EXPECT_EQ(ErrorOf("{\"features\":[true]}"),
            "14 (feature 0): found true, expected a number");
  EXPECT_EQ(ErrorOf("{\"features\":[[1]]}"),
            "14 (feature 0): found an array, expected a number");
  EXPECT_EQ(ErrorOf("{\"features\":[ {} ]}"),
            "15 (feature 0): found an object, expected a number");
  EXPECT_EQ(ErrorOf("{\"features\":[1e39]}"),
            "14 (feature 0): found \"1e39\", expected a number of at most "
            "3.4028235e38 in size (a 32-bit float); rescale the column");
  EXPECT_THAT(ErrorOf("{\"features\":[0, -1e999]}"),
              HasSubstr("17 (feature 1): found \"-1e999\", expected a number "
                        "of at most"));
  EXPECT_THAT(ErrorOf("{\"other\":1e999}"),
              HasSubstr("10 (): found \"1e999\", expected a number of at "
                        "most"));
  EXPECT_EQ(ErrorOf("{\"features\":[1],\"label\":\"yes\"}"),
            "25 (label): found \"yes\", expected a number");
  EXPECT_EQ(ErrorOf("{\"features\":[1],\"label\":[1]}"),
            "25 (label): found an array, expected a number");
  EXPECT_EQ(ErrorOf("{\"data\":{\"features\":{\"keys\":[1,-2]}}}"),
            "32 (): found -2, expected a whole number from 0");
  EXPECT_EQ(ErrorOf("{\"data\":{\"features\":{\"shape\":[1.5]}}}"),
            "31 (): found 1.5, expected a whole number from 0");
}

TEST(JsonRecordTest, SaysWhatTheFormShouldBe) {
  EXPECT_EQ(ErrorOf("{\"label\":1}"),
            "1 (): found no features, expected an object such as "
            "{\"features\": [1.5, 2]}");
  EXPECT_EQ(ErrorOf(" [1,2]"),
            "2 (): found an array, expected an object such as {\"features\": "
            "[1.5, 2]}");
  EXPECT_EQ(ErrorOf("17"),
            "1 (): found 17, expected an object such as {\"features\": [1.5, "
            "2]}");
  EXPECT_EQ(ErrorOf("{\"features\":{\"values\":[1]}}"),
            "13 (): found an object, expected an array of numbers, one for "
            "each feature");
  EXPECT_EQ(ErrorOf("{\"data\":[1]}"),
            "9 (): found an array, expected an object such as {\"features\": "
            "{\"values\": [1.5, 2]}}");
  EXPECT_EQ(ErrorOf("{\"data\":{\"features\":[1]}}"),
            "21 (): found an array, expected an object such as {\"values\": "
            "[1.5, 2]}");
  EXPECT_THAT(ErrorOf("{\"label\":1,\"instances\":[]}"),
              HasSubstr("12 (): found \"instances\""));
  EXPECT_EQ(ErrorOf("{\"instances\":[{\"features\":[1]}]}"),
            "2 (): found \"instances\", expected one of them a line, as in "
            "JSON Lines; write each instance on a line of its own");
}

TEST(JsonRecordTest, RefusesWhatStandsTwice) {
  EXPECT_EQ(ErrorOf("{\"features\":[1],\"features\":[1]}"),
            "17 (): found the member \"features\" twice, expected it once; "
            "drop one");
  EXPECT_EQ(ErrorOf("{\"features\":[1],\"data\":{\"features\":{}}}"),
            "36 (): found features for the second time, expected them once; "
            "drop one");
}

TEST(JsonRecordTest, ReportsSyntaxErrors) {
  EXPECT_EQ(ErrorOf("{\"features\":[1,]}"),
            "16 (): not valid JSON: syntax error while parsing value - "
            "unexpected ']'; expected '[', '{', or a literal");
  EXPECT_THAT(ErrorOf("{\"features\":[1]"),
              HasSubstr("16 (): not valid JSON: syntax error while parsing "
                        "object - unexpected end of input"));
  EXPECT_THAT(ErrorOf("{\"features\":[NaN]}"), HasSubstr("not valid JSON: "));
  EXPECT_THAT(ErrorOf("{\"features\":[1]} x"), HasSubstr("not valid JSON: "));
  EXPECT_THAT(ErrorOf("1,2,3"), HasSubstr("found 1, expected an object"));
  EXPECT_THAT(ErrorOf("{\"a\":\"\xff\",\"features\":[1]}"),
              HasSubstr("not valid JSON: "));
}

TEST(JsonRecordTest, DeepNestingDoesNoHarm) {
  EXPECT_EQ(ErrorOf("{\"a\":" + std::string(1000000, '[') +
                    std::string(1000000, ']') + ",\"features\":[1]}"),
            "");
}

}  // namespace
}  // namespace lineup
