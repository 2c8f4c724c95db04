// The tables of docs/hyperparameters.md, printed from the hyperparameters' own
// table, so that the page cannot say anything else. A test compares them;
//   bazel run //common/linear:print_hyperparameter_docs
// prints what belongs between the page's two marks.

#ifndef LINEUP_COMMON_LINEAR_HYPERPARAMETER_DOCS_H_
#define LINEUP_COMMON_LINEAR_HYPERPARAMETER_DOCS_H_

#include <string>

namespace lineup {

// Two Markdown tables: candidate-varying hyperparameters, then job-wide ones.
std::string HyperparameterDocs();

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_HYPERPARAMETER_DOCS_H_
