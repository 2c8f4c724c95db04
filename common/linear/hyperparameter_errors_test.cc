// What users get to read when they get a hyperparameter wrong, word for word.

#include <string>
#include <utility>
#include <vector>

#include "common/linear/hyperparameters.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

struct BadFlags {
  std::vector<NamedValue> flags;
  std::string error;
};

const NamedValue kBinary = {"predictor_type", "binary_classifier"};
const NamedValue kRegressor = {"predictor_type", "regressor"};
const NamedValue kMulticlass = {"predictor_type", "multiclass_classifier"};

void ExpectErrors(const std::vector<BadFlags>& cases) {
  for (const BadFlags& c : cases) {
    const auto hp = ParseHyperparameters(c.flags);
    EXPECT_EQ(hp.status().code(), absl::StatusCode::kInvalidArgument)
        << c.error;
    EXPECT_EQ(std::string(hp.status().message()), c.error);
  }
}

TEST(HyperparameterErrorsTest, Names) {
  ExpectErrors({
      {{kBinary, {"learning_rat", "0.1"}},
       "--learning_rat: no hyperparameter has this name; did you mean "
       "\"learning_rate\"?"},
      {{kBinary, {"mini-batch-siz", "10"}},
       "--mini_batch_siz: no hyperparameter has this name; did you mean "
       "\"mini_batch_size\"?"},
      {{kBinary, {"banana", "1"}},
       "--banana: no hyperparameter has this name; docs/hyperparameters.md "
       "lists them all"},
      {{kBinary, {"", "1"}},
       "--: no hyperparameter has this name; docs/hyperparameters.md lists "
       "them all"},
      {{kBinary, {"wd", "1"}, {"wd", "2"}},
       "--wd: given twice; write several values as a list: --wd=A,B"},
  });
}

TEST(HyperparameterErrorsTest, Values) {
  ExpectErrors({
      {{kBinary, {"learning_rate", "fast"}},
       "--learning_rate: found \"fast\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "0"}},
       "--learning_rate: found \"0\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "-0.1"}},
       "--learning_rate: found \"-0.1\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "nan"}},
       "--learning_rate: found \"nan\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "1e999"}},
       "--learning_rate: found \"1e999\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", ""}},
       "--learning_rate: found \"\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "0.1 0.2"}},
       "--learning_rate: found \"0.1 0.2\", expected auto or a number above 0"},
      {{kBinary, {"wd", "-1"}},
       "--wd: found \"-1\", expected auto or a number of at least 0"},
      {{kBinary, {"wd", "atuo"}},
       "--wd: found \"atuo\", expected auto or a number of at least 0; did you "
       "mean \"auto\"?"},
      {{kBinary, {"epochs", "0"}},
       "--epochs: found \"0\", expected a whole number of at least 1"},
      {{kBinary, {"epochs", "2.5"}},
       "--epochs: found \"2.5\", expected a whole number of at least 1"},
      {{kBinary, {"epochs", "ten"}},
       "--epochs: found \"ten\", expected a whole number of at least 1"},
      {{kBinary, {"epochs", "auto"}},
       "--epochs: found \"auto\", expected a whole number of at least 1"},
      {{kBinary, {"epochs", "99999999999999999999"}},
       "--epochs: found \"99999999999999999999\", expected a whole number of "
       "at least 1"},
      {{kBinary, {"mini_batch_size", "-5"}},
       "--mini_batch_size: found \"-5\", expected a whole number of at least "
       "1"},
      {{kBinary, {"use_bias", "1"}},
       "--use_bias: found \"1\", expected true or false"},
      {{kBinary, {"use_bias", "ture"}},
       "--use_bias: found \"ture\", expected true or false; did you mean "
       "\"true\"?"},
      {{kBinary, {"beta_1", "1"}},
       "--beta_1: found \"1\", expected auto or a number from 0 to 1, the "
       "latter not included"},
      {{kBinary, {"lr_scheduler_factor", "1"}},
       "--lr_scheduler_factor: found \"1\", expected auto or a number between "
       "0 and 1, neither included"},
      {{kBinary, {"lr_scheduler_step", "0.5"}},
       "--lr_scheduler_step: found \"0.5\", expected auto or a whole number of "
       "at least 1"},
      {{kBinary, {"num_models", "2000"}},
       "--num_models: found \"2000\", expected auto or a whole number from 1 "
       "to 1024"},
      {{kBinary, {"feature_dim", "4294967296"}},
       "--feature_dim: found \"4294967296\", expected auto or a whole number "
       "from 1 to 4294967295"},
      {{kBinary, {"optimizer", "adm"}},
       "--optimizer: found \"adm\", expected auto, sgd, adam, adagrad, rmsprop "
       "or ftrl; did you mean \"adam\"?"},
      {{kBinary, {"optimizer", "Adam"}},
       "--optimizer: found \"Adam\", expected auto, sgd, adam, adagrad, "
       "rmsprop or ftrl; did you mean \"adam\"?"},
      {{kBinary, {"init_method", "auto"}},
       "--init_method: found \"auto\", expected uniform or normal"},
      {{kBinary, {"positive_example_weight_mult", "balance"}},
       "--positive_example_weight_mult: found \"balance\", expected auto, "
       "balanced or a number above 0; did you mean \"balanced\"?"},
      {{kBinary, {"positive_example_weight_mult", "0"}},
       "--positive_example_weight_mult: found \"0\", expected auto, balanced "
       "or a number above 0"},
      {{{"predictor_type", "classifier"}},
       "--predictor_type: found \"classifier\", expected binary_classifier, "
       "multiclass_classifier or regressor"},
      {{{"predictor_type", "auto"}},
       "--predictor_type: found \"auto\", expected binary_classifier, "
       "multiclass_classifier or regressor"},
  });
}

TEST(HyperparameterErrorsTest, Lists) {
  ExpectErrors({
      {{kBinary, {"epochs", "5,10"}},
       "--epochs: found the list \"5,10\", expected one value: a whole number "
       "of at least 1; epochs is the same for all candidates (lists are for "
       "those that may differ, such as learning_rate)"},
      {{{"predictor_type", "regressor,binary_classifier"}},
       "--predictor_type: found the list \"regressor,binary_classifier\", "
       "expected one value: binary_classifier, multiclass_classifier or "
       "regressor; predictor_type is the same for all candidates (lists are "
       "for those that may differ, such as learning_rate)"},
      {{kBinary, {"learning_rate", "0.1,fast"}},
       "--learning_rate: found \"fast\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "0.1,,0.2"}},
       "--learning_rate: found \"\", expected auto or a number above 0"},
      {{kBinary, {"learning_rate", "0.1,auto"}},
       "--learning_rate: found \"auto\" within a list, expected it alone, or a "
       "list of explicit values"},
      {{kBinary, {"learning_rate", "[]"}},
       "--learning_rate: found an empty list, expected auto or a number above "
       "0"},
      {{kBinary, {"learning_rate", "[0.1"}},
       "--learning_rate: found \"[0.1\", expected auto or a number above 0"},
  });
}

TEST(HyperparameterErrorsTest, Combinations) {
  ExpectErrors({
      {{},
       "predictor_type is missing: give --predictor_type (or predictor_type in "
       "the hyperparameter file) as binary_classifier, multiclass_classifier "
       "or regressor"},
      {{{"epochs", "3"}},
       "predictor_type is missing: give --predictor_type (or predictor_type in "
       "the hyperparameter file) as binary_classifier, multiclass_classifier "
       "or regressor"},
      {{kRegressor, {"loss", "logistic"}},
       "--loss: found \"logistic\", but with predictor_type=regressor the loss "
       "is auto or one of squared_loss, absolute_loss, "
       "eps_insensitive_squared_loss, eps_insensitive_absolute_loss, "
       "quantile_loss, huber_loss"},
      {{kBinary, {"loss", "softmax_loss"}},
       "--loss: found \"softmax_loss\", but with "
       "predictor_type=binary_classifier the loss is auto or one of logistic, "
       "hinge_loss"},
      {{kMulticlass, {"num_classes", "4"}, {"loss", "hinge_loss"}},
       "--loss: found \"hinge_loss\", but with "
       "predictor_type=multiclass_classifier the loss is auto or softmax_loss"},
      {{kMulticlass},
       "num_classes is missing: predictor_type=multiclass_classifier needs the "
       "number of classes; give --num_classes (or num_classes in the "
       "hyperparameter file) as a whole number from 3 to 1000000"},
      {{kMulticlass, {"num_classes", "2"}},
       "--num_classes: found \"2\", expected a whole number from 3 to 1000000 "
       "with predictor_type=multiclass_classifier (two classes are for "
       "binary_classifier)"},
      {{kRegressor, {"use_bias", "false"}, {"unbias_data", "true"}},
       "--unbias_data: found true, but use_bias is false: only an intercept "
       "can make up for shifting to mean 0; leave unbias_data out or set "
       "use_bias=true"},
      {{kRegressor, {"use_bias", "false"}, {"unbias_label", "true"}},
       "--unbias_label: found true, but use_bias is false: only an intercept "
       "can make up for shifting to mean 0; leave unbias_label out or set "
       "use_bias=true"},
      {{kBinary,
        {"binary_classifier_model_selection_criteria", "f1"},
        {"f_beta", "2"}},
       "--binary_classifier_model_selection_criteria: found \"f1\", but f_beta "
       "is 2; write f_beta instead of f1, or leave f_beta at 1"},
      {{kBinary, {"num_models", "8"}, {"candidate_sample", "16"}},
       "--candidate_sample: found 16, but num_models is 8; give one of them, "
       "both are the number of candidates"},
      {{kRegressor, {"huber_delta", "2"}},
       "--huber_delta: found \"2\", which has no effect without "
       "loss=huber_loss; set that too, or leave huber_delta out"},
      {{kBinary, {"quantile", "0.1,0.9"}},
       "--quantile: found \"0.1,0.9\", which has no effect without "
       "loss=quantile_loss; set that too, or leave quantile out"},
      {{kBinary, {"target_recall", "0.9"}},
       "--target_recall: found \"0.9\", which has no effect without "
       "binary_classifier_model_selection_criteria=precision_at_target_recall; "
       "set that too, or leave target_recall out"},
      {{kRegressor, {"positive_example_weight_mult", "balanced"}},
       "--positive_example_weight_mult: found \"balanced\", which has no "
       "effect without predictor_type=binary_classifier; set that too, or "
       "leave positive_example_weight_mult out"},
      {{kBinary, {"momentum", "0.9"}},
       "--momentum: found \"0.9\", which has no effect without optimizer=sgd; "
       "set that too, or leave momentum out"},
      {{kBinary, {"optimizer", "sgd"}, {"beta_1", "0.8"}},
       "--beta_1: found \"0.8\", which has no effect without optimizer=adam; "
       "set that too, or leave beta_1 out"},
      {{kBinary, {"optimizer", "ftrl"}, {"lr_scheduler_step", "5"}},
       "--lr_scheduler_step: found \"5\", which has no effect without "
       "use_lr_scheduler=true with lr_schedule=step or inverse_sqrt; set that "
       "too, or leave lr_scheduler_step out"},
      {{kBinary, {"use_lr_scheduler", "false"}, {"lr_schedule", "cosine"}},
       "--lr_schedule: found \"cosine\", which has no effect without "
       "use_lr_scheduler=true; set that too, or leave lr_schedule out"},
      {{kBinary, {"init_sigma", "0.5"}},
       "--init_sigma: found \"0.5\", which has no effect without "
       "init_method=normal; set that too, or leave init_sigma out"},
  });
}

TEST(HyperparameterErrorsTest, Files) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"",
       "hp.json: not valid JSON: parse error at line 1, column 1: syntax error "
       "while parsing value - unexpected end of input; expected '[', '{', or a "
       "literal"},
      {"{\"epochs\": 3,}",
       "hp.json: not valid JSON: parse error at line 1, column 14: syntax "
       "error while parsing object key - unexpected '}'; expected string "
       "literal"},
      {"[1, 2]",
       "hp.json: expected a JSON object such as {\"learning_rate\": 0.1}, "
       "found [1,2]"},
      {"\"epochs\"",
       "hp.json: expected a JSON object such as {\"learning_rate\": 0.1}, "
       "found \"epochs\""},
      {"{\"epochs\": 3, \"epochs\": 4}", "hp.json: epochs is given twice"},
      {"{\"predictor_type\": \"regressor\", \"epochs\": null}",
       "hp.json: epochs: found null, expected a whole number of at least 1"},
      {"{\"predictor_type\": \"regressor\", \"epochs\": {\"n\": 3}}",
       "hp.json: epochs: found {\"n\":3}, expected a whole number of at least "
       "1"},
      {"{\"predictor_type\": \"regressor\", \"epochs\": [3]}",
       "hp.json: epochs: found the list [3], expected one value: a whole "
       "number of at least 1; epochs is the same for all candidates (lists are "
       "for those that may differ, such as learning_rate)"},
      {"{\"predictor_type\": \"regressor\", \"epochs\": true}",
       "hp.json: epochs: found true, expected a whole number of at least 1"},
      {"{\"predictor_type\": \"regressor\", \"use_bias\": 1}",
       "hp.json: use_bias: found 1, expected true or false"},
      {"{\"predictor_type\": \"regressor\", \"wd\": [0.1, [0.2]]}",
       "hp.json: wd: found [0.2], expected auto or a number of at least 0"},
      {"{\"predictor_type\": \"regressor\", \"wd\": []}",
       "hp.json: wd: found an empty list, expected auto or a number of at "
       "least 0"},
      {"{\"predictor_type\": \"regressor\", \"mini_batch_siz\": \"100\"}",
       "hp.json: mini_batch_siz: no hyperparameter has this name; did you mean "
       "\"mini_batch_size\"?"},
      {"{\"predictor_type\": \"regressor\", \"loss\": \"hinge_loss\"}",
       "hp.json: loss: found \"hinge_loss\", but with predictor_type=regressor "
       "the loss is auto or one of squared_loss, absolute_loss, "
       "eps_insensitive_squared_loss, eps_insensitive_absolute_loss, "
       "quantile_loss, huber_loss"},
      {"{\"predictor_type\": \"regressor\", \"wd\": \"" +
           std::string(100, 'x') + "\"}",
       "hp.json: wd: found "
       "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…, "
       "expected auto or a number of at least 0"},
      {"{\"predictor_type\": \"\xff\"}",
       "hp.json: not valid JSON: parse error at line 1, column 21: syntax "
       "error while parsing value - invalid string: ill-formed UTF-8 byte; "
       "last read: '\"\xff'"},
  };
  for (const auto& [contents, error] : cases) {
    const auto hp =
        ParseHyperparameters({}, HyperparameterFile{"hp.json", contents});
    EXPECT_EQ(hp.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(std::string(hp.status().message()), error) << contents;
  }
}

}  // namespace
}  // namespace lineup
