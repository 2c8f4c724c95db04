#include "common/model/json_text.h"

#include <limits>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

TEST(JsonTextTest, ShortValuesStandOnOneLine) {
  EXPECT_EQ(ReadableJson(Json::parse(R"({"b":[1,2.0,"x"],"a":{}})")),
            "{\"b\": [1, 2.0, \"x\"], \"a\": {}}\n");
  EXPECT_EQ(ReadableJson(Json::array()), "[]\n");
  EXPECT_EQ(ReadableJson(1e-5), "1e-05\n");
}

TEST(JsonTextTest, LongObjectsHaveOneMemberALine) {
  Json value;
  value["first"] = std::string(40, 'x');
  value["second"] = {{"inner", std::string(40, 'y')}};
  EXPECT_EQ(ReadableJson(value), "{\n  \"first\": \"" + std::string(40, 'x') +
                                     "\",\n  \"second\": {\"inner\": \"" +
                                     std::string(40, 'y') + "\"}\n}\n");
}

TEST(JsonTextTest, LongListsOfNumbersFillTheLines) {
  Json value;
  for (int i = 0; i < 100; ++i) value["list"].push_back(i * 0.5);
  const std::string text = ReadableJson(value);
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  EXPECT_LT(lines.size(), 15u);
  for (const std::string& line : lines) EXPECT_LE(line.size(), 80u);
  EXPECT_EQ(Json::parse(text), value);
}

TEST(JsonTextTest, WhatJsonDoesNotKnowIsReplaced) {
  EXPECT_EQ(ReadableJson(Json::array(
                {std::numeric_limits<double>::infinity(), "a\xff\n"})),
            "[null, \"a\xEF\xBF\xBD\\n\"]\n");
}

TEST(JsonTextTest, CompactIsOneLine) {
  Json value;
  value["a"] = std::string(100, 'x');
  value["b"] = {1, 2};
  EXPECT_EQ(CompactJson(value),
            "{\"a\": \"" + std::string(100, 'x') + "\", \"b\": [1, 2]}");
}

}  // namespace
}  // namespace lineup
