#include "common/model/ndarray_file.h"

#include "absl/strings/escaping.h"
#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Written by MXNet: arg:fc0_weight (1, 3) and arg:fc0_bias (1).
constexpr char kSmallFile[] =
    "120100000000000000000000000000000200000000000000"
    "c9fa93f900000000020000000100000000000000030000000000000001000000000000000"
    "0000000"
    "0000003f000080bf00000040"
    "c9fa93f90000000001000000010000000000000001000000000000000000000000"
    "00803e"
    "02000000000000000e000000000000006172673a6663305f7765696768740c000000000000"
    "006172673a6663305f62696173";

std::string Words(std::initializer_list<uint32_t> words) {
  std::string out;
  for (const uint32_t word : words) {
    out.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return out;
}

std::string FileOfOne(const std::string& array) {
  return Words({0x112, 0, 0, 0, 1, 0}) + array + Words({0, 0});
}

TEST(NdArrayFileTest, ReadsAndRewritesMxnetsBytes) {
  const std::string bytes = absl::HexStringToBytes(kSmallFile);
  const auto arrays = ParseNdArrayFile(bytes, "small.params");
  ASSERT_TRUE(arrays.ok()) << arrays.status();
  ASSERT_EQ(arrays->size(), 2u);
  EXPECT_EQ((*arrays)[0].name, "arg:fc0_weight");
  EXPECT_THAT((*arrays)[0].shape, ElementsAre(1, 3));
  EXPECT_THAT((*arrays)[0].values, ElementsAre(0.5f, -1.0f, 2.0f));
  EXPECT_EQ((*arrays)[1].name, "arg:fc0_bias");
  EXPECT_THAT((*arrays)[1].shape, ElementsAre(1));
  EXPECT_THAT((*arrays)[1].values, ElementsAre(0.25f));
  EXPECT_EQ(SerializeNdArrayFile(*arrays), bytes);
}

TEST(NdArrayFileTest, ReadsAndRewritesARealLinearLearnersBytes) {
  const std::string bytes = absl::HexStringToBytes(kAdultParamsHex);
  ASSERT_EQ(bytes.size(), 214u);
  const auto arrays = ParseNdArrayFile(bytes, "mx-mod-0000.params");
  ASSERT_TRUE(arrays.ok()) << arrays.status();
  ASSERT_EQ(arrays->size(), 2u);
  EXPECT_THAT((*arrays)[0].shape, ElementsAre(14, 1));
  EXPECT_FLOAT_EQ((*arrays)[0].values[0], 0.039386369f);
  EXPECT_FLOAT_EQ((*arrays)[0].values[13], 0.014029457f);
  EXPECT_FLOAT_EQ((*arrays)[1].values[0], -9.08536911f);
  EXPECT_EQ(SerializeNdArrayFile(*arrays), bytes);
}

TEST(NdArrayFileTest, ReadsEveryVersion) {
  const std::string data = Words({1, 0, 0, 0x3f800000, 0x40000000});
  const std::string versions[] = {
      Words({2, 1, 2}) + data,                        // V0
      Words({0xF993FAC8, 2, 1, 0, 2, 0}) + data,      // V1
      Words({0xF993FAC9, 0, 2, 1, 0, 2, 0}) + data,   // V2
      Words({0xF993FACA, 0, 2, 1, 0, 2, 0}) + data};  // V3
  for (const std::string& version : versions) {
    const auto arrays = ParseNdArrayFile(FileOfOne(version), "f");
    ASSERT_TRUE(arrays.ok()) << arrays.status();
    ASSERT_EQ(arrays->size(), 1u);
    EXPECT_THAT((*arrays)[0].shape, ElementsAre(1, 2));
    EXPECT_THAT((*arrays)[0].values, ElementsAre(1.0f, 2.0f));
    EXPECT_EQ((*arrays)[0].name, "");
  }
}

TEST(NdArrayFileTest, ArraysWithoutAShapeAreEmpty) {
  for (const std::string& array : {Words({0}), Words({0xF993FAC9, 0, 0}),
                                   Words({0xF993FACA, 0, 0xFFFFFFFF})}) {
    const auto arrays = ParseNdArrayFile(FileOfOne(array), "f");
    ASSERT_TRUE(arrays.ok()) << arrays.status();
    EXPECT_TRUE((*arrays)[0].values.empty());
  }
  // V3 has numpy's scalars: no dimensions, one element.
  const auto scalar = ParseNdArrayFile(
      FileOfOne(Words({0xF993FACA, 0, 0, 1, 0, 0, 0x3f800000})), "f");
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_THAT((*scalar)[0].values, ElementsAre(1.0f));
  EXPECT_THAT((*scalar)[0].shape, ElementsAre(1));
}

TEST(NdArrayFileTest, ConvertsOtherElementTypes) {
  // Two float64.
  const auto arrays =
      ParseNdArrayFile(FileOfOne(Words({0xF993FAC9, 0, 1, 2, 0, 1, 0, 1, 0,
                                        0x3ff00000, 0, 0xc0000000})),
                       "f");
  ASSERT_TRUE(arrays.ok()) << arrays.status();
  EXPECT_THAT((*arrays)[0].values, ElementsAre(1.0f, -2.0f));
}

struct BadFile {
  std::string bytes;
  std::string error;
};

TEST(NdArrayFileTest, BadFilesAreRefusedWithTheReason) {
  const BadFile cases[] = {
      {"",
       "f: at byte 0: the file ends inside the file's magic number (8 bytes "
       "needed, 0 left); it is truncated: copy it again"},
      {Words({0x04034b50, 0}),
       "f: at byte 0: the file starts with 0x4034b50, expected 0x112; this is "
       "not an MXNet parameter file (.params)"},
      {Words({0x112, 0, 0, 0, 0xFFFFFFFF, 0x7FFFFFFF}),
       "f: at byte 24: the file claims 9223372036854775807 arrays but only 0 "
       "bytes follow; it is damaged"},
      {FileOfOne(Words({0xF993FAC9, 1, 0})),
       "f: at byte 32: array 0 has storage type 1, expected 0 (dense); convert "
       "it with tostype('default') in MXNet"},
      {FileOfOne(Words({77, 0, 0})),
       "f: at byte 24: array 0 starts with 0x4d, which is neither a known "
       "version nor a number of dimensions up to 32; the file is damaged"},
      {FileOfOne(Words({0xF993FAC9, 0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 1, 0, 0})),
       "f: at byte 56: array 0 claims the shape (9223372036854775807) of "
       "float32 but only 8 bytes follow; the file is truncated or damaged"},
      {FileOfOne(Words({0xF993FAC9, 0, 2, 0, 0x10000, 0, 0x10000, 1, 0, 0})),
       "f: at byte 64: array 0 claims the shape (281474976710656, "
       "281474976710656) of float32 but only 8 bytes follow; the file is "
       "truncated or damaged"},
      {FileOfOne(Words({0xF993FAC9, 0, 1, 0xFFFFFFFF, 0xFFFFFFFF, 1, 0, 0})),
       "f: at byte 56: array 0 claims the shape (-1) of float32 but only 8 "
       "bytes follow; the file is truncated or damaged"},
      {Words({0x112, 0, 0, 0, 1, 0, 0xF993FACA, 0, 0, 1, 0, 0}),
       "f: at byte 48: array 0 claims the shape () of float32 but only 0 bytes "
       "follow; the file is truncated or damaged"},
      {FileOfOne(Words({0xF993FAC9, 0, 1, 1, 0, 1, 0, 99, 0})),
       "f: at byte 56: array 0 has element type 99, expected 0 (float32) to "
       "12"},
      {Words({0x112, 0, 0, 0, 1, 0, 0, 2, 0}),
       "f: at byte 36: the file has 1 arrays and 2 names, expected as many; it "
       "is damaged"},
      {Words({0x112, 0, 0, 0, 1, 0, 0, 1, 0, 500, 0}),
       "f: at byte 44: a name claims 500 bytes but only 0 follow; the file is "
       "damaged"},
      {FileOfOne(Words({0})) + "more",
       "f: at byte 36: 4 bytes follow the end of the list; the file is damaged "
       "or two files were joined"},
  };
  for (const BadFile& bad : cases) {
    const auto arrays = ParseNdArrayFile(bad.bytes, "f");
    EXPECT_EQ(arrays.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(arrays.status().message(), bad.error);
  }
}

TEST(NdArrayFileTest, EveryTruncationOfAGoodFileIsAnError) {
  const std::string bytes = absl::HexStringToBytes(kAdultParamsHex);
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto arrays = ParseNdArrayFile(bytes.substr(0, length), "cut");
    EXPECT_FALSE(arrays.ok()) << "cut at " << length;
  }
}

}  // namespace
}  // namespace lineup
