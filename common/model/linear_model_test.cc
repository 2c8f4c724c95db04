#include "common/model/linear_model.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

LinearModel TwoFeatureModel() {
  LinearModel model;
  model.num_features = 2;
  model.weights = {1.0f, -2.0f};
  model.bias = {0.5f};
  return model;
}

TEST(LinearModelTest, AConsistentModelPasses) {
  EXPECT_TRUE(CheckConsistent(TwoFeatureModel()).ok());
  LinearModel multiclass = TwoFeatureModel();
  multiclass.predictor_type = PredictorType::kMulticlassClassifier;
  multiclass.loss = LossType::kSoftmax;
  multiclass.num_classes = 3;
  multiclass.weights.resize(6);
  multiclass.bias.resize(3);
  EXPECT_TRUE(CheckConsistent(multiclass).ok());
}

TEST(LinearModelTest, SizesThatDisagreeAreNamed) {
  LinearModel model = TwoFeatureModel();
  model.weights.push_back(0);
  EXPECT_THAT(std::string(CheckConsistent(model).message()),
              HasSubstr("3 weights, expected 2"));
  model = TwoFeatureModel();
  model.bias.clear();
  EXPECT_THAT(std::string(CheckConsistent(model).message()),
              HasSubstr("0 biases, expected 1"));
  model = TwoFeatureModel();
  model.feature_names = {"a"};
  EXPECT_THAT(std::string(CheckConsistent(model).message()),
              HasSubstr("1 feature names, expected 2"));
  model = TwoFeatureModel();
  model.num_classes = 4;
  EXPECT_THAT(std::string(CheckConsistent(model).message()),
              HasSubstr("binary_classifier cannot have 4 outputs"));
}

TEST(LinearModelTest, DivergedWeightsAreNamed) {
  LinearModel model = TwoFeatureModel();
  model.weights[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(std::string(CheckConsistent(model).message()),
              HasSubstr("weight number 1 is nan"));
}

TEST(LinearModelTest, EveryLossFitsExactlyOnePredictor) {
  for (absl::string_view name : LossTypeNames()) {
    int fits = 0;
    for (absl::string_view type : PredictorTypeNames()) {
      fits += LossFitsPredictor(*LossTypeFromName(name),
                                *PredictorTypeFromName(type));
    }
    EXPECT_EQ(fits, 1) << name;
  }
}

}  // namespace
}  // namespace lineup
