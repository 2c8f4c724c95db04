#include "common/model/model_archive.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "common/model/archive_file.h"
#include "common/model/mxnet_symbol.h"
#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

TEST(ModelArchiveTest, HasOneMemberAndItsZipHasFour) {
  const auto archive = SerializeModelArchive(AdultModel());
  ASSERT_TRUE(archive.ok()) << archive.status();
  const auto outer = UnpackArchive(*archive, "a", 1 << 20);
  ASSERT_TRUE(outer.ok()) << outer.status();
  ASSERT_EQ(outer->size(), 1u);
  EXPECT_EQ((*outer)[0].name, "model_algo-1");
  const auto inner = UnpackArchive((*outer)[0].contents, "z", 1 << 20);
  ASSERT_TRUE(inner.ok()) << inner.status();
  ASSERT_EQ(inner->size(), 4u);
  EXPECT_EQ((*inner)[0].name, "mx-mod-symbol.json");
  EXPECT_EQ((*inner)[0].contents, MxnetSymbol(AdultModel()));
  EXPECT_EQ((*inner)[1].name, "manifest.json");
  EXPECT_EQ((*inner)[1].contents,
            "{\"mx-mod\": \"mxnet_module\", \"additional-params.json\": "
            "\"json\", \"version\": 1}");
  EXPECT_EQ((*inner)[2].name, "additional-params.json");
  EXPECT_EQ((*inner)[2].contents, kAdultAdditionalParams);
  EXPECT_EQ((*inner)[3].name, "mx-mod-0000.params");
  EXPECT_EQ((*inner)[3].contents, absl::HexStringToBytes(kAdultParamsHex));
}

TEST(ModelArchiveTest, EveryPredictorSurvives) {
  LinearModel hinge = SmallBinaryModel();
  hinge.loss = LossType::kHinge;
  for (const LinearModel& model :
       {SmallBinaryModel(), hinge, SmallMulticlassModel(),
        SmallRegressionModel()}) {
    const auto archive = SerializeModelArchive(model);
    ASSERT_TRUE(archive.ok()) << archive.status();
    const auto read = ParseModelArchive(*archive, "a");
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->predictor_type, model.predictor_type);
    EXPECT_EQ(read->loss, model.loss);
    EXPECT_EQ(read->num_features, model.num_features);
    EXPECT_EQ(read->num_classes, model.num_classes);
    EXPECT_EQ(read->weights, model.weights);
    EXPECT_EQ(read->bias, model.bias);
    EXPECT_EQ(*SerializeModelArchive(*read), *archive);
  }
}

TEST(ModelArchiveTest, TheZipInsideCanBeReadByItself) {
  const auto read = ParseModelArchive(SerializeModelZip(AdultModel()), "z");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->weights, AdultModel().weights);
}

TEST(ModelArchiveTest, AModelThatContradictsItselfIsNotWritten) {
  LinearModel model = SmallBinaryModel();
  model.weights.pop_back();
  EXPECT_EQ(SerializeModelArchive(model).status().message(),
            "the model has 1 weights, expected 2");
}

std::string TarOf(const std::string& name, const std::string& contents) {
  return *PackTarGz({{name, contents}});
}

// A model_algo-1 whose parameter file is `params`.
std::string ZipOf(absl::string_view additional, const std::string& params) {
  return WriteStoredZip(
      {{"additional-params.json", additional}, {"mx-mod-0000.params", params}});
}

struct BadArchive {
  std::string bytes;
  std::string error;
};

TEST(ModelArchiveTest, BadArchivesAreRefusedWithTheReason) {
  const std::string params = absl::HexStringToBytes(kAdultParamsHex);
  std::string nan_params = params;
  nan_params.replace(0x40, 4, "\xff\xff\xff\x7f", 4);
  const BadArchive cases[] = {
      {"",
       "a: the archive cannot be unpacked: Unrecognized archive format; "
       "the archive is truncated or damaged: copy it again"},
      {TarOf("readme.txt", "hello"),
       "a: has no member \"model_algo-1\" (it holds readme.txt); this is not a "
       "linear model's archive"},
      {TarOf("model_algo-1", params),
       "a: model_algo-1: is an MXNet parameter file, not a ZIP archive; this "
       "is the model of another algorithm, such as k-means"},
      {TarOf("model_algo-1", "text"),
       "a: model_algo-1: is not a ZIP archive; this is not a linear model"},
      {WriteStoredZip({{"mx-mod-0000.params", params}}),
       "a: has no member \"additional-params.json\" (it holds "
       "mx-mod-0000.params); this is not a linear model's archive"},
      {WriteStoredZip({{"additional-params.json", kAdultAdditionalParams}}),
       "a: has no member \"mx-mod-0000.params\" (it holds "
       "additional-params.json); this is not a linear model's archive"},
      {ZipOf("{", params),
       "a: additional-params.json:1:2: not valid JSON: syntax error while "
       "parsing object key - unexpected end of input; expected string literal"},
      {ZipOf(kAdultAdditionalParams, params.substr(0, 100)),
       "a: mx-mod-0000.params: at byte 64: array 0 claims the shape (14, 1) of "
       "float32 but only 36 bytes follow; the file is truncated or damaged"},
      {ZipOf(kAdultAdditionalParams,
             absl::StrReplaceAll(params, {{"fc0_weight", "fc1_weight"}})),
       "a: mx-mod-0000.params: has no array \"arg:fc0_weight\" (it holds "
       "\"arg:fc1_weight\", \"arg:fc0_bias\"); this is not a linear model's "
       "parameter file"},
      {ZipOf(absl::StrReplaceAll(
                 kAdultAdditionalParams,
                 {{"logistic", "softmax_loss"},
                  {"binary_classifier", "multiclass_classifier"}}),
             params),
       "a: mx-mod-0000.params: array \"arg:fc0_weight\" has the shape (14, 1), "
       "expected (features, classes) for a multiclass_classifier"},
      {ZipOf(kAdultAdditionalParams, nan_params),
       "a: the model's weight number 0 is nan, not a finite number"},
  };
  for (const BadArchive& bad : cases) {
    const auto model = ParseModelArchive(bad.bytes, "a");
    EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(model.status().message(), bad.error);
  }
}

TEST(ModelArchiveTest, EveryTruncationOfAGoodArchiveIsAnErrorOrTheModel) {
  const std::string archive = *SerializeModelArchive(AdultModel());
  for (size_t length = 0; length < archive.size(); ++length) {
    const auto model = ParseModelArchive(archive.substr(0, length), "cut");
    // Only the end-of-archive padding may be missing without harm.
    if (model.ok()) {
      EXPECT_EQ(model->weights, AdultModel().weights);
    }
  }
  EXPECT_FALSE(ParseModelArchive(archive.substr(0, 400), "cut").ok());
}

}  // namespace
}  // namespace lineup
