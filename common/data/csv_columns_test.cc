#include "common/data/csv_columns.h"

#include <string>
#include <vector>

#include "common/data/csv_schema.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

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

DataOptions Unlabelled(const std::string& label = "") {
  DataOptions options = Label(label);
  options.labelled = false;
  return options;
}

Schema SchemaOf(const CsvHead& head, const DataOptions& options = {}) {
  const auto schema = CsvSchema("FILE", head, options);
  EXPECT_TRUE(schema.ok()) << schema.status();
  return schema.value_or(Schema());
}

CsvLayout Layout(const Schema& schema, const CsvHead& head,
                 const DataOptions& options = {}) {
  const auto layout = CsvLayoutLike(schema, "FILE", head, options);
  EXPECT_TRUE(layout.ok()) << layout.status();
  return layout.value_or(CsvLayout());
}

std::string LayoutError(const Schema& schema, const CsvHead& head,
                        const DataOptions& options = {}) {
  return std::string(
      CsvLayoutLike(schema, "FILE", head, options).status().message());
}

TEST(CsvLayoutTest, ReadsTheFileOfTheSchema) {
  const CsvHead head = Header({"a", "y", "w", "b"});
  const CsvLayout layout = Layout(SchemaOf(head, Label("y", "w")), head);
  EXPECT_THAT(layout.targets, ElementsAre(0, 2, 3, 1));
  EXPECT_TRUE(layout.labelled);
  EXPECT_TRUE(layout.weighted);
  EXPECT_EQ(layout.num_features, 2u);
  EXPECT_THAT(layout.names, ElementsAre("a", "y", "w", "b"));
}

TEST(CsvLayoutTest, MatchesColumnsByName) {
  const Schema schema = SchemaOf(Header({"a", "y", "w", "b"}), Label("y", "w"));
  EXPECT_THAT(Layout(schema, Header({"w", "b", "a", "y"})).targets,
              ElementsAre(3, 1, 0, 2));
  // Without names in the file, as they stand there.
  const CsvLayout bare = Layout(schema, Bare(4));
  EXPECT_THAT(bare.targets, ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(bare.names, ElementsAre("a", "label", "weight", "b"));
  // Without names in the schema, likewise.
  EXPECT_THAT(Layout(SchemaOf(Bare(3)), Header({"q", "r", "s"})).targets,
              ElementsAre(2, 0, 1));
}

TEST(CsvLayoutTest, EqualNamesNeedTheSameOrder) {
  const CsvHead head = Header({"y", "a", "a"});
  const Schema schema = SchemaOf(head);
  EXPECT_THAT(Layout(schema, head).targets, ElementsAre(2, 0, 1));
  EXPECT_EQ(LayoutError(schema, Header({"a", "y", "a"})),
            "FILE:1: the columns differ from those of the first file or "
            "model, and two there are called \"a\", so they cannot be matched "
            "by name; give columns unique names, or files the same columns in "
            "the same order");
}

TEST(CsvLayoutTest, SaysWhichColumnDoesNotFit) {
  const Schema schema = SchemaOf(Header({"label", "height", "width"}));
  EXPECT_EQ(LayoutError(schema, Header({"label", "height", "widht"})),
            "FILE:1:3: found a column \"widht\" that the first file or the "
            "model does not have; remove it; did you mean \"width\"?");
  EXPECT_EQ(LayoutError(schema, Header({"label", "height"})),
            "FILE:1: no column is called \"width\", expected feature 1");
  EXPECT_EQ(LayoutError(schema, Header({"height", "label", "height"})),
            "FILE:1:3: found a column \"height\" for the second time; remove "
            "one");
  EXPECT_EQ(LayoutError(schema, Header({"height", "width", "labels"})),
            "FILE:1: no column is called \"label\", expected the label; say "
            "which it is with --label; did you mean \"labels\"?");
  EXPECT_EQ(LayoutError(schema, Bare(4)),
            "FILE: found 4 columns (the delimiter is \",\"), expected 3: the "
            "label, 2 features; check the file, --delimiter, --label and "
            "--weight");
}

TEST(CsvLayoutTest, TheLabelCanBeElsewhere) {
  const Schema schema = SchemaOf(Header({"y", "a", "b"}));
  EXPECT_THAT(
      Layout(schema, Header({"b", "target", "a"}), Label("target")).targets,
      ElementsAre(1, 2, 0));
  EXPECT_THAT(Layout(schema, Bare(3), Label("-1")).targets,
              ElementsAre(0, 1, 2));
}

TEST(CsvLayoutTest, UnlabelledDataMayHaveALabel) {
  const Schema schema = SchemaOf(Header({"a", "y", "b"}), Label("y"));
  const CsvLayout with = Layout(schema, Bare(3), Unlabelled());
  EXPECT_TRUE(with.labelled);
  EXPECT_THAT(with.targets, ElementsAre(0, 2, 1));
  const CsvLayout without = Layout(schema, Bare(2), Unlabelled());
  EXPECT_FALSE(without.labelled);
  EXPECT_THAT(without.targets, ElementsAre(0, 1));
  EXPECT_FALSE(Layout(schema, Header({"b", "a"}), Unlabelled()).labelled);
  EXPECT_TRUE(Layout(schema, Header({"b", "a", "y"}), Unlabelled()).labelled);
  EXPECT_EQ(LayoutError(schema, Bare(4), Unlabelled()),
            "FILE: found 4 columns (the delimiter is \",\"), expected 3: the "
            "label, 2 features (or 2 without the label); check the file, "
            "--delimiter, --label and --weight");
  EXPECT_EQ(LayoutError(schema, Bare(3), Unlabelled("none")),
            "FILE: found 3 columns (the delimiter is \",\"), expected 2: 2 "
            "features; check the file, --delimiter, --label and --weight");
}

TEST(CsvLayoutTest, UnlabelledDataMayHaveAWeight) {
  const Schema schema = SchemaOf(Header({"y", "w", "a", "b"}), Label("y", "w"));
  const CsvLayout all = Layout(schema, Bare(4), Unlabelled());
  EXPECT_THAT(all.targets, ElementsAre(2, 3, 0, 1));
  // The weight moves up when the label is not there.
  const CsvLayout weighted = Layout(schema, Bare(3), Unlabelled());
  EXPECT_FALSE(weighted.labelled);
  EXPECT_TRUE(weighted.weighted);
  EXPECT_THAT(weighted.targets, ElementsAre(3, 0, 1));
  const CsvLayout bare = Layout(schema, Bare(2), Unlabelled());
  EXPECT_FALSE(bare.weighted);
  EXPECT_THAT(bare.targets, ElementsAre(0, 1));
}

// A model from an archive knows nothing but the number of features.
TEST(CsvLayoutTest, ASchemaMayKnowLittle) {
  Schema schema;
  schema.num_features = 2;
  EXPECT_THAT(Layout(schema, Bare(3)).targets, ElementsAre(2, 0, 1));
  EXPECT_THAT(Layout(schema, Bare(2), Unlabelled()).targets, ElementsAre(0, 1));
  schema.num_features = 0;
  EXPECT_EQ(Layout(schema, Bare(4)).num_features, 3u);
  EXPECT_EQ(LayoutError(schema, Bare(1)),
            "FILE: found 1 column (the delimiter is \",\"), expected the "
            "label, at least one feature; check the file, --delimiter, "
            "--label and --weight");
}

}  // namespace
}  // namespace lineup
