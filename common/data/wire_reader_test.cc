#include "common/data/wire_reader.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

// Every field as "number:contents", and "damaged" at the end if it is so.
std::vector<std::string> Fields(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  WireReader reader(bytes);
  std::vector<std::string> fields;
  while (reader.NextField()) {
    fields.push_back(
        absl::StrCat(reader.field(), ":",
                     reader.type() == WireType::kVarint
                         ? absl::StrCat(reader.number())
                         : absl::BytesToHexString(reader.bytes())));
  }
  if (reader.failed()) fields.push_back("damaged");
  return fields;
}

TEST(WireReaderTest, ReadsEveryKindOfField) {
  EXPECT_THAT(Fields("08ac02"
                     "110102030405060708"
                     "1a03616263"
                     "2501020304"
                     "1a00"),
              ElementsAre("1:300", "2:0102030405060708", "3:616263",
                          "4:01020304", "3:"));
  EXPECT_THAT(Fields(""), ElementsAre());
}

TEST(WireReaderTest, ReadsTheLargestNumbers) {
  EXPECT_THAT(Fields("08ffffffffffffffffff01"),
              ElementsAre("1:18446744073709551615"));
  EXPECT_THAT(Fields("f8ffffff0f01"), ElementsAre("536870911:1"));
}

TEST(WireReaderTest, FindsDamage) {
  for (const char* hex : {
           "08",                        // no number
           "0880",                      // half a number
           "08ffffffffffffffffffff01",  // 11 bytes of it
           "0001",                      // field 0
           "1101020304",                // half a double
           "25010203",                  // most of a float
           "1a0461",                    // longer than the message
           "1affffffff0f61",            //
           "1affffffffffffffffff0161",  // longer than any message
           "0b",                        // a group
           "0c", "0e", "0f",            //
           "f8ffffff1f01",              // a field beyond the last
       }) {
    EXPECT_THAT(Fields(hex), ElementsAre("damaged")) << hex;
  }
}

TEST(WireReaderTest, ReadsPackedNumbers) {
  uint64_t number = 0;
  WireReader good("\x01\xac\x02");
  EXPECT_TRUE(good.NextVarint(&number));
  EXPECT_EQ(number, 1u);
  EXPECT_TRUE(good.NextVarint(&number));
  EXPECT_EQ(number, 300u);
  EXPECT_FALSE(good.NextVarint(&number));
  EXPECT_FALSE(good.failed());

  WireReader cut_off("\xac");
  EXPECT_FALSE(cut_off.NextVarint(&number));
  EXPECT_TRUE(cut_off.failed());
}

}  // namespace
}  // namespace lineup
