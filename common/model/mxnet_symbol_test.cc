#include "common/model/mxnet_symbol.h"

#include <zlib.h>

#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using ::testing::HasSubstr;

TEST(MxnetSymbolTest, IsTheLinearLearnersTextByteForByte) {
  const std::string symbol = MxnetSymbol(AdultModel());
  // Size and CRC-32 of the member in the real archive.
  EXPECT_EQ(symbol.size(), 973u);
  EXPECT_EQ(
      crc32(0, reinterpret_cast<const Bytef*>(symbol.data()), symbol.size()),
      0x7d64ecfau);
}

TEST(MxnetSymbolTest, EveryPredictorsGraphIsValidJson) {
  LinearModel hinge = SmallBinaryModel();
  hinge.loss = LossType::kHinge;
  const std::pair<LinearModel, std::string> cases[] = {
      {SmallBinaryModel(), "LogisticRegressionOutput"},
      {hinge, "LinearRegressionOutput"},
      {SmallRegressionModel(), "LinearRegressionOutput"},
      {SmallMulticlassModel(), "SoftmaxOutput"}};
  for (const auto& [model, op] : cases) {
    const auto graph = nlohmann::json::parse(MxnetSymbol(model));
    ASSERT_EQ(graph["nodes"].size(), 7u);
    EXPECT_EQ(graph["nodes"][6]["op"], op);
  }
}

TEST(MxnetSymbolTest, ShapesAreTheModels) {
  const std::string symbol = MxnetSymbol(SmallMulticlassModel());
  EXPECT_THAT(symbol, HasSubstr("\"__shape__\": \"(2, 3)\""));
  EXPECT_THAT(symbol, HasSubstr("\"__shape__\": \"(1, 3)\""));
}

}  // namespace
}  // namespace lineup
