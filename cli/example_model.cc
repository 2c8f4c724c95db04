#include "cli/example_model.h"

#include "common/data/dataset.h"
#include "common/model/model_directory.h"
#include "gtest/gtest.h"

namespace lineup {

std::string WriteExampleModel(const std::string& directory) {
  const auto dataset = Dataset::Open({kExampleTable}, DataOptions());
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  ModelDocument document;
  document.schema = dataset->schema();
  document.candidates.resize(1);
  LinearModel model;
  model.num_features = dataset->schema().num_features;
  model.feature_names = dataset->schema().feature_names;
  EXPECT_EQ(model.feature_names.front(), "mean_radius");
  model.weights.assign(model.num_features, 0);
  model.weights[0] = -1;
  model.bias = {15};
  const std::string path = directory + "/model";
  const absl::Status status = WriteModelDirectory(path, document, model);
  EXPECT_TRUE(status.ok()) << status;
  return path;
}

}  // namespace lineup
