#include "cli/data_flags.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::StartsWith;

TEST(DataFlagsTest, DefaultsFindEverythingOut) {
  const auto options = MakeDataOptions({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->format, FileFormat::kAuto);
  EXPECT_EQ(options->header, HeaderMode::kAuto);
  EXPECT_EQ(options->delimiter, 0);
  EXPECT_FALSE(options->first_id.has_value());
  EXPECT_EQ(options->max_bad_records, 0u);
}

TEST(DataFlagsTest, FlagsAreRead) {
  CLI::App app;
  DataFlags flags;
  AddDataFlags(&app, &flags);
  app.parse(
      "--format libsvm --label=-1 --weight w --header no --delimiter tab "
      "--first-id 0 --max-bad-records 5");
  const auto options = MakeDataOptions(flags);
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->format, FileFormat::kLibsvm);
  EXPECT_EQ(options->label, "-1");
  EXPECT_EQ(options->weight, "w");
  EXPECT_EQ(options->header, HeaderMode::kNo);
  EXPECT_EQ(options->delimiter, '\t');
  EXPECT_EQ(options->first_id, 0);
  EXPECT_EQ(options->max_bad_records, 5u);
}

TEST(DataFlagsTest, WrongValuesAreNamed) {
  DataFlags flags;
  flags.delimiter = "tabs";
  EXPECT_EQ(MakeDataOptions(flags).status().message(),
            "--delimiter: found \"tabs\", expected one character or one of "
            "comma, semicolon, tab, bar, space");
  flags = {};
  flags.first_id = "2";
  EXPECT_EQ(MakeDataOptions(flags).status().message(),
            "--first-id: found \"2\", expected 0 or 1");
  flags = {};
  flags.format = "xls";
  EXPECT_THAT(std::string(MakeDataOptions(flags).status().message()),
              StartsWith("--format: "));
  flags = {};
  flags.header = "maybe";
  EXPECT_THAT(std::string(MakeDataOptions(flags).status().message()),
              StartsWith("--header: "));
}

}  // namespace
}  // namespace lineup
