#include "common/base/test_data.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

// Sets LINEUP_DATA for one test.
class TestDataTest : public ::testing::Test {
 protected:
  TestDataTest() {
    if (const char* const value = std::getenv("LINEUP_DATA")) before_ = value;
  }
  ~TestDataTest() override {
    if (before_.has_value()) {
      setenv("LINEUP_DATA", before_->c_str(), 1);
    } else {
      unsetenv("LINEUP_DATA");
    }
  }

 private:
  std::optional<std::string> before_;
};

TEST_F(TestDataTest, LooksWhereTheVariableSays) {
  const std::string directory = ::testing::TempDir() + "/data";
  std::filesystem::create_directories(directory + "/tiny");
  std::ofstream(directory + "/tiny/train.csv") << "1,2\n";
  setenv("LINEUP_DATA", directory.c_str(), 1);
  const absl::StatusOr<std::string> path = TestDataPath("tiny/train.csv");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, directory + "/tiny/train.csv");
}

TEST_F(TestDataTest, SaysWhereItLookedAndWhatToSet) {
  setenv("LINEUP_DATA", "/nowhere", 1);
  EXPECT_EQ(TestDataPath("a/b.csv").status(),
            absl::NotFoundError(
                "test data a/b.csv is not at /nowhere/a/b.csv; set LINEUP_DATA "
                "to the directory that holds the data sets"));
}

TEST_F(TestDataTest, LooksBesideTheCheckoutWithoutTheVariable) {
  for (const bool empty : {false, true}) {
    unsetenv("LINEUP_DATA");
    if (empty) setenv("LINEUP_DATA", "", 1);
    const absl::Status status = TestDataPath("no/such.csv").status();
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("/shared/data/no/such.csv"));
    const std::string message(status.message());
    const size_t start = message.find(" is not at /") + 11;
    const std::filesystem::path path =
        message.substr(start, message.find(';') - start);
    // path is <beside the checkout>/shared/data/no/such.csv
    const std::filesystem::path beside =
        path.parent_path().parent_path().parent_path().parent_path();
    const std::filesystem::path checkout =
        std::filesystem::canonical("WORKSPACE").parent_path();
    EXPECT_EQ(beside, checkout.parent_path());
    EXPECT_TRUE(std::filesystem::exists(checkout / "common/base/test_data.h"));
  }
}

TEST_F(TestDataTest, TheMacroSkips) {
  setenv("LINEUP_DATA", "/nowhere", 1);
  bool reached = false;
  ::testing::TestPartResultArray results;
  {
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::
            INTERCEPT_ONLY_CURRENT_THREAD,
        &results);
    [&reached] {
      LINEUP_TEST_DATA_OR_SKIP(path, "a/b.csv");
      reached = true;
    }();
  }
  EXPECT_FALSE(reached);
  ASSERT_EQ(results.size(), 1);
  EXPECT_TRUE(results.GetTestPartResult(0).skipped());
  EXPECT_THAT(results.GetTestPartResult(0).message(),
              HasSubstr("test data a/b.csv is not at /nowhere/a/b.csv"));
}

}  // namespace
}  // namespace lineup
