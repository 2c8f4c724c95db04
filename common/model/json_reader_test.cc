#include "common/model/json_reader.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(JsonReaderTest, SyntaxErrorsHaveLineAndColumn) {
  EXPECT_EQ(ParseJson("{\n  \"a\": 1,\n  b\n}", "m.json").status().message(),
            "m.json:3:3: not valid JSON: syntax error while parsing object key "
            "- invalid literal; expected string literal");
  EXPECT_EQ(ParseJson("", "m.json").status().message(),
            "m.json:1:1: not valid JSON: syntax error while parsing value - "
            "unexpected end of input; expected '[', '{', or a literal");
}

TEST(JsonReaderTest, NumbersOutOfRangeAreRefused) {
  EXPECT_FALSE(ParseJson("{\"a\": 1e999}", "m.json").ok());
}

TEST(JsonReaderTest, DeepNestingIsRefusedBeforeItIsParsed) {
  const std::string deep(200000, '[');
  EXPECT_EQ(ParseJson(deep, "m.json").status().message(),
            "m.json: more than 100 levels of brackets; this is not a file of "
            "ours");
  // Brackets within strings do not count.
  EXPECT_TRUE(ParseJson("\"" + deep + "\\\"\"", "m.json").ok());
}

TEST(JsonReaderTest, TakesFieldsAndNamesTheWrongOnes) {
  const auto document = ParseJson(
      R"({"n": 1.5, "c": 7, "t": "x", "b": true, "z": null,
          "o": {"a": [1, {"k": -1}]}})",
      "m.json");
  ASSERT_TRUE(document.ok());
  const JsonReader reader(*document, "m.json", "");
  EXPECT_EQ(*reader.Number("n"), 1.5);
  EXPECT_EQ(*reader.Count("c", 0, 7), 7u);
  EXPECT_EQ(*reader.Text("t"), "x");
  EXPECT_EQ(*reader.Boolean("b"), true);
  EXPECT_TRUE(reader.Has("n"));
  EXPECT_FALSE(reader.Has("z"));
  EXPECT_FALSE(reader.Has("absent"));
  const JsonReader inner = reader.Object("o")->Array("a")->Element(1);
  EXPECT_EQ(inner.Count("k", 0, 10).status().message(),
            "m.json: o.a[1].k: found -1, expected a whole number from 0 to 10");
  EXPECT_EQ(reader.Count("c", 0, 6).status().message(),
            "m.json: c: found 7, expected a whole number from 0 to 6");
  EXPECT_EQ(reader.Number("t").status().message(),
            "m.json: t: found \"x\", expected a number");
  EXPECT_EQ(reader.Text("z").status().message(),
            "m.json: z: missing or null, expected a string");
  EXPECT_EQ(reader.Boolean("n").status().message(),
            "m.json: n: found 1.5, expected true or false");
  EXPECT_EQ(reader.Object("n").status().message(),
            "m.json: n: found 1.5, expected an object");
  EXPECT_EQ(reader.Array("o").status().message(),
            "m.json: o: found {\"a\":[1,{\"k\":-1}]}, expected an array");
}

TEST(JsonReaderTest, LongValuesAreCutInErrors) {
  const nlohmann::json value = std::string(100, 'x');
  EXPECT_EQ(Excerpt(value).size(), 40u);
  EXPECT_EQ(Excerpt(nlohmann::json("\xff")), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace lineup
