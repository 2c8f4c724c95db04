#include "cli/text_table.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(TextTableTest, ColumnsLineUp) {
  TextTable table({"metric", "train", "x"});
  table.AddRow({"mse", "1.25", "-0.5"});
  table.AddRow({"größe", "100000", ""});
  EXPECT_EQ(table.ToString(),
            "  metric   train     x\n"
            "  mse       1.25  -0.5\n"
            "  größe   100000\n");
}

TEST(TextTableTest, ShortNumbers) {
  EXPECT_EQ(ShortNumber(0.123456789), "0.123457");
  EXPECT_EQ(ShortNumber(1e-5), "1e-05");
  EXPECT_EQ(ShortNumber(3), "3");
  EXPECT_EQ(ShortNumber(NAN), "-");
}

}  // namespace
}  // namespace lineup
