// The computation graph ("mx-mod-symbol.json") beside the weights in a model
// archive: data · weight + bias, then the output operator of the predictor,
// so that mx.mod.Module.load() yields a module that answers with scores.
//
// The text is what the Linear Learner's MXNet 1.3.1 writes, byte for byte, for
// a binary classifier with logistic loss (the only kind of which an original is
// at hand), including its node numbers; the other predictors differ in the
// output operator alone:
//   softmax_loss              SoftmaxOutput             (probabilities)
//   hinge_loss, regression    LinearRegressionOutput    (the bare value)

#ifndef LINEUP_COMMON_MODEL_MXNET_SYMBOL_H_
#define LINEUP_COMMON_MODEL_MXNET_SYMBOL_H_

#include <string>

#include "common/model/linear_model.h"

namespace lineup {

std::string MxnetSymbol(const LinearModel& model);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_MXNET_SYMBOL_H_
