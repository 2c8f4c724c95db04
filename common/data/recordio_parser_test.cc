#include "common/data/recordio_parser.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/test_data.h"
#include "common/data/parse_all.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/record.pb.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The first record of data that the AWS SDK wrote.
std::string GoldenRecord() {
  return absl::HexStringToBytes(
      "0a23d7ce7c0000000a660a0676616c756573125c125a0a58"
      "0000a8420000e040053c16423d8af4c2000000000000000000000000000000000000000"
      "00000803f000000000000000000000000000000000000000000000000000000000000"
      "803f00000000000000000000000000000000"
      "12120a0676616c75657312081206"
      "0a0400000000");
}

std::string RecordOf(const std::string& text) {
  aialgs::data::Record record;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &record))
      << text;
  std::string bytes;
  AppendRecord(record.SerializeAsString(), &bytes);
  return bytes;
}

std::string DenseRecord(absl::string_view values, absl::string_view label) {
  return RecordOf(absl::StrCat(
      "features { key: 'values' value { float32_tensor { values: [", values,
      "] } } } label { key: 'values' value { float32_tensor { values: [", label,
      "] } } }"));
}

Parsed ParseRecords(const std::string& bytes, TensorLayout layout,
                    uint64_t first_record = 0) {
  RecordIoParser parser(layout, first_record, {}, {}, bytes.size());
  return ParseAll(&parser, bytes);
}

TEST(RecordIoParserTest, ReadsTheGoldenRecord) {
  const std::string bytes = GoldenRecord();
  ASSERT_EQ(bytes.size(), 8u + 124u);
  TensorLayout layout;
  RecordError error;
  ASSERT_EQ(FindRecordIoLayout(bytes, true, &layout, &error),
            LayoutResult::kFound);
  EXPECT_FALSE(layout.sparse);
  EXPECT_EQ(layout.num_features, 22u);
  EXPECT_TRUE(layout.labelled);
  const Parsed parsed = ParseRecords(bytes, layout);
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_THAT(parsed.block.labels, ElementsAre(0));
  EXPECT_THAT(std::vector<float>(parsed.block.values.begin(),
                                 parsed.block.values.begin() + 4),
              ElementsAre(84, 7, 37.5586128f, -122.269997f));
  EXPECT_EQ(parsed.block.values[9], 1);
  EXPECT_EQ(parsed.block.values[17], 1);
}

TEST(RecordIoParserTest, ReadsSparseRecords) {
  const std::string bytes =
      RecordOf(
          "features { key: 'values' value { float32_tensor { values: [5, 6] "
          "keys: [900000, 2] shape: 1000000 } } }") +
      RecordOf(
          "features { key: 'values' value { float32_tensor { shape: 1000000 } "
          "} }");
  TensorLayout layout;
  RecordError error;
  ASSERT_EQ(FindRecordIoLayout(bytes, false, &layout, &error),
            LayoutResult::kFound);
  EXPECT_TRUE(layout.sparse);
  EXPECT_EQ(layout.num_features, 1000000u);
  EXPECT_FALSE(layout.labelled);
  const Parsed parsed = ParseRecords(bytes, layout);
  EXPECT_THAT(parsed.errors, IsEmpty());
  EXPECT_EQ(parsed.block.num_features, 1000000u);
  EXPECT_THAT(parsed.block.feature_ids, ElementsAre(2, 900000));
  EXPECT_THAT(parsed.block.values, ElementsAre(6, 5));
  EXPECT_THAT(parsed.block.row_starts, ElementsAre(0, 2, 2));
}

TEST(RecordIoParserTest, CountsRecordsAndGoesOnAfterBadOnes) {
  std::string bytes = DenseRecord("1, 2", "0") + DenseRecord("1", "0");
  const size_t damaged = bytes.size();
  AppendRecord("damaged", &bytes);
  const size_t no_label = bytes.size();
  absl::StrAppend(&bytes, DenseRecord("3, 4", ""), DenseRecord("5, 6", "1"));
  const size_t cut_off = bytes.size();
  absl::StrAppend(&bytes, DenseRecord("7, 8", "1").substr(0, 20));
  const Parsed parsed = ParseRecords(bytes, {false, 2, true}, 100);
  EXPECT_EQ(parsed.consumed, bytes.size());
  EXPECT_THAT(parsed.block.labels, ElementsAre(0, 1));
  EXPECT_THAT(parsed.block.values, ElementsAre(1, 2, 5, 6));
  ASSERT_EQ(parsed.errors.size(), 4u);
  EXPECT_THAT(parsed.errors[0], HasSubstr(":102 (): found 1 feature, "));
  EXPECT_THAT(
      parsed.errors[1],
      HasSubstr(absl::StrCat(damaged, ":103 (): found bytes that are not ")));
  EXPECT_THAT(
      parsed.errors[2],
      HasSubstr(absl::StrCat(no_label, ":104 (label): found no label, ")));
  EXPECT_THAT(
      parsed.errors[3],
      HasSubstr(absl::StrCat(cut_off, ":106 (): found the end of the file")));
}

TEST(RecordIoParserTest, NothingIsReadBehindDamagedLengths) {
  const std::string bytes =
      DenseRecord("1, 2", "0") + "not a record" + DenseRecord("3, 4", "0");
  const PaddedText padded(bytes);
  RecordIoParser parser({false, 2, true}, 0, {}, {}, bytes.size());
  Examples block;
  const ParseResult first = parser.Parse(padded.text(), false, &block);
  ASSERT_TRUE(first.error);
  EXPECT_TRUE(first.error->fatal);
  EXPECT_EQ(first.error->position, 2u);
  EXPECT_EQ(first.consumed, bytes.size());
  const ParseResult more = parser.Parse(padded.text(), true, &block);
  EXPECT_FALSE(more.error);
  EXPECT_EQ(more.consumed, bytes.size());
  EXPECT_EQ(block.size(), 1u);
}

TEST(RecordIoParserTest, RecordsMayComeInAnyPieces) {
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    bytes += DenseRecord(absl::StrCat(i, ", ", -i), absl::StrCat(i));
  }
  for (const size_t piece : {7, 50, 1000}) {
    RecordIoParser parser({false, 2, true}, 0, {}, {}, bytes.size());
    Examples block;
    size_t at = 0;
    for (size_t end = piece; at < bytes.size(); end += piece) {
      const PaddedText padded(
          absl::string_view(bytes).substr(at, std::max(end, at) - at));
      const ParseResult result =
          parser.Parse(padded.text(), end >= bytes.size(), &block);
      ASSERT_FALSE(result.error);
      at += result.consumed;
    }
    EXPECT_EQ(block.size(), 20u);
    EXPECT_EQ(block.values[38], 19);
  }
}

TEST(RecordIoParserTest, FindsTheLayoutInTheFirstGoodRecord) {
  TensorLayout layout;
  RecordError error;
  EXPECT_EQ(
      FindRecordIoLayout(GoldenRecord().substr(0, 100), false, &layout, &error),
      LayoutResult::kIncomplete);
  EXPECT_EQ(FindRecordIoLayout("", false, &layout, &error),
            LayoutResult::kIncomplete);
  EXPECT_EQ(FindRecordIoLayout("", true, &layout, &error), LayoutResult::kBad);
  EXPECT_EQ(error.message, "found no record, expected at least one");

  std::string bytes;
  AppendRecord("damaged", &bytes);
  EXPECT_EQ(FindRecordIoLayout(bytes, false, &layout, &error),
            LayoutResult::kBad);
  EXPECT_EQ(error.position, 1u);
  EXPECT_THAT(error.message, HasSubstr("found bytes that are not "));
  bytes += GoldenRecord();
  EXPECT_EQ(FindRecordIoLayout(bytes, false, &layout, &error),
            LayoutResult::kFound);
  EXPECT_EQ(layout.num_features, 22u);
}

// Reads a file whole, by the layout that its head shows.
Parsed ParseFile(const std::string& path, TensorLayout* layout) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  RecordError error;
  EXPECT_EQ(FindRecordIoLayout(bytes->substr(0, 65536), false, layout, &error),
            LayoutResult::kFound);
  RecordIndex index(100000);
  EXPECT_TRUE(index.Add(*bytes).ok());
  EXPECT_EQ(index.next_offset(), bytes->size());
  EXPECT_EQ(index.starts().size(), bytes->size() / 100000 + 1);
  const Parsed parsed = ParseRecords(*bytes, *layout);
  EXPECT_EQ(parsed.consumed, bytes->size());
  EXPECT_EQ(parsed.block.size(), index.num_records());
  EXPECT_THAT(parsed.errors, IsEmpty());
  return parsed;
}

TEST(RecordIoParserTest, ReadsWhatTheAwsSdkWrote) {
  LINEUP_TEST_DATA_OR_SKIP(train, "ufo/train.rec");
  LINEUP_TEST_DATA_OR_SKIP(validation, "ufo/validation.rec");
  TensorLayout layout;
  const Parsed parsed = ParseFile(train, &layout);
  EXPECT_FALSE(layout.sparse);
  EXPECT_TRUE(layout.labelled);
  EXPECT_EQ(layout.num_features, 22u);
  EXPECT_EQ(parsed.block.size(), 14430u);
  std::vector<int> classes(3);
  for (const float label : parsed.block.labels) {
    ASSERT_LT(label, 3);
    ++classes[static_cast<int>(label)];
  }
  EXPECT_THAT(classes, testing::Each(testing::Gt(0)));
  EXPECT_EQ(ParseFile(validation, &layout).block.size(), 1773u);
}

// RecordIO, but of other messages: no map of features.
TEST(RecordIoParserTest, RefusesRecordsOfAnotherKind) {
  LINEUP_TEST_DATA_OR_SKIP(path, "recordio_fixtures/mnist_first_10_rows.rec");
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  TensorLayout layout;
  RecordError error;
  EXPECT_EQ(FindRecordIoLayout(*bytes, true, &layout, &error),
            LayoutResult::kBad);
  EXPECT_EQ(error.position, 1u);
  EXPECT_EQ(error.message,
            "found bytes that are not a Protocol Buffers message, expected "
            "aialgs.data.Record; the file is damaged or holds other records");
  EXPECT_EQ(ParseRecords(*bytes, {false, 784, true}).errors.size(), 10u);
}

}  // namespace
}  // namespace lineup
