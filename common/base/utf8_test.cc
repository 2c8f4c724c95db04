#include "common/base/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(Utf8Test, KnowsCharacters) {
  for (const std::string& c :
       {std::string("a"), std::string(1, '\0'), std::string("\xC2\x80"),
        std::string("ü"), std::string("\xE0\xA0\x80"), std::string("…"),
        std::string("\xED\x9F\xBF"), std::string("\xEE\x80\x80"),
        std::string("\xF0\x90\x80\x80"), std::string("\xF4\x8F\xBF\xBF")}) {
    EXPECT_EQ(Utf8CharacterLength(c), c.size());
    EXPECT_EQ(Utf8CharacterLength(c + "x"), c.size());
  }
}

TEST(Utf8Test, KnowsWhatIsNone) {
  for (const char* text :
       {"", "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3x",
        "\xE0\x9F\xBF", "\xE2\x80", "\xE2\x80x", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_EQ(Utf8CharacterLength(text), 0u) << text;
  }
}

TEST(Utf8Test, ReplacesOnlyWhatIsInvalid) {
  EXPECT_EQ(ReplaceInvalidUtf8("Größe …"), "Größe …");
  EXPECT_EQ(ReplaceInvalidUtf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(ReplaceInvalidUtf8("\xE2\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(ReplaceInvalidUtf8(""), "");
}

TEST(Utf8Test, CutsBetweenCharacters) {
  EXPECT_EQ(Utf8Prefix("abc", 3), "abc");
  EXPECT_EQ(Utf8Prefix("abc", 2), "ab");
  EXPECT_EQ(Utf8Prefix("aüb", 2), "a");
  EXPECT_EQ(Utf8Prefix("aüb", 3), "aü");
  EXPECT_EQ(Utf8Prefix("…", 2), "");
}

}  // namespace
}  // namespace lineup
