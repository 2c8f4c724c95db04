#include "common/model/background_archive.h"

#include <cmath>

#include "common/model/model_archive.h"
#include "common/model/test_models.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(BackgroundArchiveTest, IsTheArchive) {
  const LinearModel model = SmallMulticlassModel();
  BackgroundArchive archive(&model);
  const auto& bytes = archive.Wait();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, *SerializeModelArchive(model));
  EXPECT_EQ(&archive.Wait(), &bytes);
}

TEST(BackgroundArchiveTest, AnErrorIsKept) {
  LinearModel model = SmallBinaryModel();
  model.weights[0] = NAN;
  BackgroundArchive archive(&model);
  EXPECT_EQ(archive.Wait().status(), SerializeModelArchive(model).status());
}

TEST(BackgroundArchiveTest, NobodyNeedsToWait) {
  const LinearModel model = SmallBinaryModel();
  BackgroundArchive archive(&model);
}

}  // namespace
}  // namespace lineup
