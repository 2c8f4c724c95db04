#include "common/model/mxnet_symbol.h"

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace lineup {
namespace {

struct OutputOperator {
  absl::string_view op;
  absl::string_view name;
};

OutputOperator OutputFor(LossType loss) {
  switch (loss) {
    case LossType::kLogistic:
      return {"LogisticRegressionOutput", "logisticregressionoutput39"};
    case LossType::kSoftmax:
      return {"SoftmaxOutput", "softmaxoutput39"};
    default:
      return {"LinearRegressionOutput", "linearregressionoutput39"};
  }
}

// dmlc's JSON writer leaves a blank after each comma that ends a line.
constexpr absl::string_view kTemplate = R"json({
  "nodes": [
    {
      "op": "null",$
      "name": "data",$
      "inputs": []
    },$
    {
      "op": "null",$
      "name": "fc0_weight",$
      "attrs": {"__shape__": "(@FEATURES, @OUTPUTS)"},$
      "inputs": []
    },$
    {
      "op": "dot",$
      "name": "dot39",$
      "inputs": [[0, 0, 0], [1, 0, 0]]
    },$
    {
      "op": "null",$
      "name": "fc0_bias",$
      "attrs": {
        "__lr_mult__": "10.0",$
        "__shape__": "(1, @OUTPUTS)"
      },$
      "inputs": []
    },$
    {
      "op": "broadcast_add",$
      "name": "broadcast_plus39",$
      "inputs": [[2, 0, 0], [3, 0, 0]]
    },$
    {
      "op": "null",$
      "name": "out_label",$
      "inputs": []
    },$
    {
      "op": "@OP",$
      "name": "@NAME",$
      "inputs": [[4, 0, 0], [5, 0, 0]]
    }
  ],$
  "arg_nodes": [0, 1, 3, 5],$
  "node_row_ptr": [0, 1, 2, 3, 4, 5, 6, 7],$
  "heads": [[6, 0, 0]],$
  "attrs": {"mxnet_version": ["int", 10301]}
})json";

}  // namespace

std::string MxnetSymbol(const LinearModel& model) {
  const OutputOperator output = OutputFor(model.loss);
  return absl::StrReplaceAll(kTemplate,
                             {{"$", " "},
                              {"@FEATURES", std::to_string(model.num_features)},
                              {"@OUTPUTS", std::to_string(model.num_classes)},
                              {"@OP", output.op},
                              {"@NAME", output.name}});
}

}  // namespace lineup
