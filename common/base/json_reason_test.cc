#include "common/base/json_reason.h"

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(JsonReasonTest, KeepsTheReasonAlone) {
  EXPECT_EQ(JsonErrorReason(
                "[json.exception.parse_error.101] parse error at line 1, "
                "column 5: syntax error while parsing value - invalid literal; "
                "last read: '1x'"),
            "syntax error while parsing value - invalid literal");
  EXPECT_EQ(JsonErrorReason(
                "[json.exception.parse_error.101] parse error at line 1, "
                "column 2: syntax error - unexpected ','; last read: ','; "
                "expected '}'"),
            "syntax error - unexpected ','; expected '}'");
  EXPECT_EQ(JsonErrorReason("plain"), "plain");
}

}  // namespace
}  // namespace lineup
