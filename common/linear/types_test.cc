#include "common/linear/types.h"

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(TypesTest, EveryNameLeadsBackToItsValue) {
  for (absl::string_view name : PredictorTypeNames()) {
    ASSERT_TRUE(PredictorTypeFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*PredictorTypeFromName(name)), name);
  }
  for (absl::string_view name : LossTypeNames()) {
    ASSERT_TRUE(LossTypeFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*LossTypeFromName(name)), name);
  }
  for (absl::string_view name : OptimizerTypeNames()) {
    ASSERT_TRUE(OptimizerTypeFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*OptimizerTypeFromName(name)), name);
  }
  for (absl::string_view name : ScheduleTypeNames()) {
    ASSERT_TRUE(ScheduleTypeFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*ScheduleTypeFromName(name)), name);
  }
  for (absl::string_view name : InitMethodNames()) {
    ASSERT_TRUE(InitMethodFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*InitMethodFromName(name)), name);
  }
  for (absl::string_view name : SelectionCriterionNames()) {
    ASSERT_TRUE(SelectionCriterionFromName(name).has_value()) << name;
    EXPECT_EQ(Name(*SelectionCriterionFromName(name)), name);
  }
}

TEST(TypesTest, SpellingIsTheLinearLearners) {
  EXPECT_EQ(Name(PredictorType::kRegressor), "regressor");
  EXPECT_EQ(Name(LossType::kLogistic), "logistic");
  EXPECT_EQ(Name(LossType::kEpsInsensitiveAbsolute),
            "eps_insensitive_absolute_loss");
  EXPECT_EQ(Name(LossType::kHuber), "huber_loss");
  EXPECT_EQ(Name(OptimizerType::kFtrl), "ftrl");
  EXPECT_EQ(Name(ScheduleType::kCosine), "cosine");
  EXPECT_EQ(Name(SelectionCriterion::kLossFunction), "loss_function");
}

TEST(TypesTest, EveryLossBelongsToOnePredictor) {
  size_t count = 0;
  for (absl::string_view name : PredictorTypeNames()) {
    count += LossesOf(*PredictorTypeFromName(name)).size();
  }
  EXPECT_EQ(count, LossTypeNames().size());
  EXPECT_EQ(LossesOf(PredictorType::kBinaryClassifier)[0], LossType::kLogistic);
  EXPECT_EQ(LossesOf(PredictorType::kMulticlassClassifier)[0],
            LossType::kSoftmax);
  EXPECT_EQ(LossesOf(PredictorType::kRegressor)[0], LossType::kSquared);
}

TEST(TypesTest, UnknownNamesHaveNoValue) {
  EXPECT_FALSE(PredictorTypeFromName("classifier").has_value());
  EXPECT_FALSE(LossTypeFromName("").has_value());
  EXPECT_FALSE(OptimizerTypeFromName("ADAM").has_value());
  EXPECT_FALSE(ScheduleTypeFromName("linear").has_value());
  EXPECT_FALSE(SelectionCriterionFromName("f1").has_value());
}

}  // namespace
}  // namespace lineup
