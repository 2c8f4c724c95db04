#include "common/model/json_text.h"

#include <limits>

#include "absl/strings/str_split.h"
#include "common/model/number_text.h"
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

TEST(JsonTextTest, MembersWrittenOneByOneLookLikeThoseOfAValue) {
  Json inner;
  Json value;
  value["plain"] = std::string(60, 'x');
  std::string text;
  JsonMembers members(0, &text);
  members.Add("plain", value["plain"]);
  members.AddKey("inner \"\n\"");
  std::string whole;
  JsonMembers inner_members(members.value_indent(), &text);
  for (const float number : {0.1f, -1.0f, 1e-5f, 16777216.0f, 1e30f}) {
    const std::string key(10 + inner.size(), 'k');
    inner[key] = ShortDouble(number);
    inner_members.AddFloat(key, number);
    whole += text;  // what stands there may be taken away
    text.clear();
  }
  inner[std::string(8, '\xff')] = {1, 2, 3};
  inner_members.Add(std::string(8, '\xff'), {1, 2, 3});
  inner["infinite"] = std::numeric_limits<double>::infinity();
  inner_members.AddFloat("infinite", std::numeric_limits<float>::infinity());
  inner_members.End();
  members.End();
  value["inner \"\n\""] = inner;
  EXPECT_EQ(whole + text + "\n", ReadableJson(value));
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
