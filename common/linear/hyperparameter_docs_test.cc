#include "common/linear/hyperparameter_docs.h"

#include <string>

#include "common/base/files.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr char kBegin[] = "<!-- printed from the table: begin -->\n";
constexpr char kEnd[] = "<!-- printed from the table: end -->\n";

TEST(HyperparameterDocsTest, PageSaysWhatTheTableSays) {
  const auto page = ReadFile("docs/hyperparameters.md");
  ASSERT_TRUE(page.ok()) << page.status();
  const size_t begin = page->find(kBegin);
  const size_t end = page->find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const size_t start = begin + sizeof(kBegin) - 1;
  EXPECT_EQ(page->substr(start, end - start), HyperparameterDocs())
      << "paste the output of: "
         "bazel run //common/linear:print_hyperparameter_docs";
}

}  // namespace
}  // namespace lineup
