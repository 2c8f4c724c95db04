#include "common/rpc/wire_splitter.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

constexpr int kField3[] = {3};

// The payloads point into `bytes`.
absl::StatusOr<SplitWire> Split(absl::string_view bytes) {
  return SplitWireMessage(absl::MakeConstSpan(&bytes, 1), kField3);
}

std::string Problem(absl::string_view bytes) {
  return std::string(Split(bytes).status().message());
}

TEST(WireSplitterTest, TakesOutThePayloadAndKeepsTheRest) {
  // Field 1 varint, field 3 bytes, field 2 bytes.
  const std::string bytes("\x08\x96\x01\x1A\x03xyz\x12\x02hi", 12);
  const absl::StatusOr<SplitWire> wire = Split(bytes);
  ASSERT_TRUE(wire.ok()) << wire.status();
  EXPECT_EQ(wire->header, "\x08\x96\x01\x12\x02hi");
  EXPECT_THAT(wire->payloads[0].pieces(), ElementsAre("xyz"));
}

TEST(WireSplitterTest, ThePayloadsLieInThePieces) {
  const absl::string_view pieces[] = {"", "\x1A",
                                      "\x04"
                                      "ab",
                                      "", "cd"};
  const absl::StatusOr<SplitWire> wire = SplitWireMessage(pieces, kField3);
  ASSERT_TRUE(wire.ok()) << wire.status();
  EXPECT_THAT(wire->payloads[0].pieces(), ElementsAre("ab", "cd"));
  EXPECT_EQ(wire->payloads[0].pieces()[1].data(), pieces[4].data());
}

TEST(WireSplitterTest, TheLastOccurrenceStands) {
  const absl::StatusOr<SplitWire> wire = Split(
      "\x1A\x02"
      "ab\x1A\x01"
      "c");
  ASSERT_TRUE(wire.ok()) << wire.status();
  EXPECT_THAT(wire->payloads[0].pieces(), ElementsAre("c"));
  const std::string then_empty(
      "\x1A\x02"
      "ab\x1A\x00",
      6);
  EXPECT_TRUE(Split(then_empty)->payloads[0].empty());
}

TEST(WireSplitterTest, ReadsNumbersThatAreLongerThanTheyNeedBe) {
  // Tag and length of field 3 with needless continuation bytes.
  const std::string bytes(
      "\x9A\x80\x00\x82\x80\x00"
      "ab",
      8);
  const absl::StatusOr<SplitWire> wire = Split(bytes);
  ASSERT_TRUE(wire.ok()) << wire.status();
  EXPECT_THAT(wire->payloads[0].pieces(), ElementsAre("ab"));
}

TEST(WireSplitterTest, AnotherTypeOrAGroupIsNotThePayload) {
  // Field 3 as varint; field 3 bytes inside the group of field 1.
  const std::string bytes("\x18\x05\x0B\x1A\x01z\x0C", 7);
  const absl::StatusOr<SplitWire> wire = Split(bytes);
  ASSERT_TRUE(wire.ok()) << wire.status();
  EXPECT_EQ(wire->header, bytes);
  EXPECT_TRUE(wire->payloads[0].empty());
}

TEST(WireSplitterTest, KeepsAllValuesOfARepeatedField) {
  // Field 3 bytes thrice, one of them empty; field 1 varint in between.
  const std::string bytes(
      "\x1A\x02"
      "ab\x08\x05\x1A\x00\x1A\x01"
      "c",
      11);
  const absl::string_view pieces[] = {absl::string_view(bytes).substr(0, 3),
                                      absl::string_view(bytes).substr(3)};
  const auto values = SplitRepeatedField(pieces, 3, 3);
  ASSERT_TRUE(values.ok()) << values.status();
  ASSERT_EQ(values->size(), 3u);
  EXPECT_THAT((*values)[0].pieces(), ElementsAre("a", "b"));
  EXPECT_TRUE((*values)[1].empty());
  EXPECT_THAT((*values)[2].pieces(), ElementsAre("c"));
  EXPECT_EQ(SplitRepeatedField(pieces, 3, 2).status().message(),
            "the message's field 3 has more than 2 values");
  EXPECT_TRUE(SplitRepeatedField(pieces, 4, 0)->empty());
  EXPECT_EQ(SplitRepeatedField({"\x1A"}, 3, 1).status().message(),
            "the message's encoding breaks at byte 1: no length of a field");
}

TEST(WireSplitterTest, SaysWhereTheEncodingBreaks) {
  const std::string breaks = "the message's encoding breaks at byte ";
  EXPECT_EQ(Problem("\x80"), breaks + "1: no field tag");
  EXPECT_EQ(Problem("\x88\x80\x80\x80\x80\x01"), breaks + "5: no field tag");
  EXPECT_EQ(Problem(std::string("\x02\x00", 2)), breaks + "1: field number 0");
  EXPECT_EQ(Problem("\x08\xFF"), breaks + "2: no end of a varint");
  EXPECT_EQ(Problem("\x08" + std::string(11, '\xFF')),
            breaks + "11: no end of a varint");
  EXPECT_EQ(Problem("\x09"
                    "1234567"),
            breaks + "1: it ends within a field");
  EXPECT_EQ(Problem("\x0D"
                    "123"),
            breaks + "1: it ends within a field");
  EXPECT_EQ(Problem("\x12\x05"
                    "1234"),
            breaks + "2: a field of 5 bytes, but only 4 follow");
  EXPECT_EQ(Problem("\x1A\xFF\xFF\xFF\xFF\x7F"),
            breaks + "6: a field of 34359738367 bytes, but only 0 follow");
  EXPECT_EQ(Problem("\x0B\x08\x01"), breaks + "3: it ends within a group");
  EXPECT_EQ(Problem("\x0C"), breaks + "1: the end of no group");
  EXPECT_EQ(Problem("\x0E"), breaks + "1: unknown wire type 6");
}

}  // namespace
}  // namespace lineup
