#include "common/data/schema.h"

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(SchemaTest, FormatNamesRoundTrip) {
  for (FileFormat format :
       {FileFormat::kAuto, FileFormat::kCsv, FileFormat::kLibsvm,
        FileFormat::kRecordIo, FileFormat::kJsonLines}) {
    EXPECT_EQ(ParseFileFormat(FileFormatName(format)).value(), format);
  }
}

TEST(SchemaTest, UnknownNamesAreAnsweredWithTheValidOnes) {
  EXPECT_EQ(ParseFileFormat("parquet").status().message(),
            "data format \"parquet\" is not known; use auto, csv, libsvm, "
            "recordio-protobuf or jsonlines");
  EXPECT_EQ(ParseHeaderMode("maybe").status().message(),
            "header \"maybe\" is not known; use auto, yes or no");
}

}  // namespace
}  // namespace lineup
