// Small models that several tests share.

#ifndef LINEUP_COMMON_MODEL_TEST_MODELS_H_
#define LINEUP_COMMON_MODEL_TEST_MODELS_H_

#include "common/model/linear_model.h"

namespace lineup {

// Two features: x * 1 - y * 2 + 0.5, logistic, threshold 0.25.
LinearModel SmallBinaryModel();

// Two features, three classes.
LinearModel SmallMulticlassModel();

// Two features: x * 1 - y * 2 + 0.5, squared loss.
LinearModel SmallRegressionModel();

// The real Linear Learner model whose archive the format was taken from:
// 14 features of the Adult data.
LinearModel AdultModel();

// The members of that model's archive, as hexadecimal digits or text.
extern const char kAdultParamsHex[];
extern const char kAdultAdditionalParams[];

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_TEST_MODELS_H_
