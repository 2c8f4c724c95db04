#include "common/data/json_lines_parser.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/data/parse_all.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Parsed ParseJson(absl::string_view text, TensorLayout layout,
                 LabelDomain domain = {}) {
  JsonLinesParser parser(layout, domain, {}, text.size());
  return ParseAll(&parser, text);
}

TEST(JsonLinesParserTest, ReadsTheThreeFormsOfARequest) {
  const Parsed parsed = ParseJson(
      "{\"features\":[1.5,16,-14e-1]}\n"
      "\n"
      "{\"data\": {\"features\": {\"values\": [1, 2, 3]}}}\r\n"
      "{\"data\":{\"features\":{\"keys\":[2,0],\"shape\":[3],"
      "\"values\":[4,5]}},\"configuration\":{\"features\":[{}]}}",
      {false, 3, false});
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_FALSE(parsed.block.sparse);
  EXPECT_EQ(parsed.block.num_features, 3u);
  EXPECT_THAT(parsed.block.labels, IsEmpty());
  EXPECT_THAT(parsed.block.values,
              ElementsAre(1.5f, 16, -1.4f, 1, 2, 3, 5, 0, 4));
}

}  // namespace
}  // namespace lineup
