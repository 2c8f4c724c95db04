#include "common/data/csv_schema.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CsvHead Header(std::vector<std::string> names) {
  CsvHead head;
  head.has_header = true;
  head.num_columns = names.size();
  head.names = std::move(names);
  return head;
}

CsvHead Bare(size_t num_columns) {
  CsvHead head;
  head.num_columns = num_columns;
  return head;
}

DataOptions Label(const std::string& label, const std::string& weight = "") {
  DataOptions options;
  options.label = label;
  options.weight = weight;
  return options;
}

Schema SchemaOf(const CsvHead& head, const DataOptions& options = {}) {
  const auto schema = CsvSchema("FILE", head, options);
  EXPECT_TRUE(schema.ok()) << schema.status();
  return schema.value_or(Schema());
}

std::string SchemaError(const CsvHead& head, const DataOptions& options) {
  return std::string(CsvSchema("FILE", head, options).status().message());
}

TEST(CsvSchemaTest, TakesTheFirstColumnAsTheLabel) {
  const Schema schema = SchemaOf(Header({"y", "a", "b"}));
  EXPECT_TRUE(schema.labelled);
  EXPECT_EQ(schema.label_column, 0);
  EXPECT_EQ(schema.label_name, "y");
  EXPECT_EQ(schema.num_features, 2u);
  EXPECT_THAT(schema.feature_names, ElementsAre("a", "b"));
  EXPECT_FALSE(schema.weighted);
  const Schema bare = SchemaOf(Bare(4));
  EXPECT_EQ(bare.num_features, 3u);
  EXPECT_THAT(bare.feature_names, IsEmpty());
}

TEST(CsvSchemaTest, FindsColumnsByNameAndNumber) {
  const CsvHead head = Header({"a", "y", "w", "3"});
  for (const char* label : {"y", "1", "-3"}) {
    for (const char* weight : {"w", "2", "-2"}) {
      const Schema schema = SchemaOf(head, Label(label, weight));
      EXPECT_EQ(schema.label_column, 1);
      EXPECT_EQ(schema.weight_column, 2);
      EXPECT_EQ(schema.weight_name, "w");
      EXPECT_THAT(schema.feature_names, ElementsAre("a", "3"));
    }
  }
  // A name comes before a number.
  EXPECT_EQ(SchemaOf(Header({"2", "y", "z"}), Label("2")).label_column, 0);
  const Schema none = SchemaOf(head, Label("none"));
  EXPECT_FALSE(none.labelled);
  EXPECT_EQ(none.label_column, -1);
  EXPECT_EQ(none.num_features, 4u);
}

TEST(CsvSchemaTest, SaysWhatIsWrong) {
  const CsvHead head = Header({"income", "age", "w"});
  EXPECT_EQ(SchemaError(head, Label("incom")),
            "FILE: --label incom: no column has this name; did you mean "
            "\"income\"?");
  EXPECT_EQ(SchemaError(head, Label("", "zzz")),
            "FILE: --weight zzz: no column has this name; the columns are "
            "income, age, w");
  EXPECT_EQ(SchemaError(head, Label("3")),
            "FILE: --label 3: the file has 3 columns, expected 0 to 2, or -3 "
            "to -1 from the end");
  EXPECT_EQ(SchemaError(Bare(3), Label("y")),
            "FILE: --label y: the file has no line of names; give a number "
            "from 0 to 2, or --header yes if the first line is one");
  EXPECT_EQ(SchemaError(head, Label("w", "2")),
            "FILE: column 2 is both the label and the weight; check --label "
            "and --weight");
  EXPECT_EQ(SchemaError(Bare(1), {}),
            "FILE: found 1 column (the delimiter is \",\"), expected the "
            "label and at least one feature; check --format and --delimiter");
}

}  // namespace
}  // namespace lineup
