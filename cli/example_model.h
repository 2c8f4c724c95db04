// A model of the breast-cancer table in examples/, made by hand, for the tests
// of the commands that use one.

#ifndef LINEUP_CLI_EXAMPLE_MODEL_H_
#define LINEUP_CLI_EXAMPLE_MODEL_H_

#include <string>

namespace lineup {

constexpr char kExampleTable[] = "examples/breast_cancer/validation.csv";

// Writes the model to `directory`/model and returns that path. Its score is
// the probability 1 / (1 + exp(mean_radius - 15)).
std::string WriteExampleModel(const std::string& directory);

}  // namespace lineup

#endif  // LINEUP_CLI_EXAMPLE_MODEL_H_
