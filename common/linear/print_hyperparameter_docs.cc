// Prints the generated part of docs/hyperparameters.md.

#include <iostream>

#include "common/linear/hyperparameter_docs.h"

int main() {
  std::cout << lineup::HyperparameterDocs();
  return std::cout.good() ? 0 : 1;
}
