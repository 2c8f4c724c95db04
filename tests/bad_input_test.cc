// What a user reads when something is wrong: bad data, flags, JSON and model
// files, given to the lineup command itself. Each must end, with an error, the
// right exit status and a text that says what to do.

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

struct Result {
  int status = -1;
  std::string text;  // standard output and error
};

// Runs the command in the test's directory. 124: it did not end.
Result RunLineup(const std::string& arguments) {
  static const std::string* const program =
      new std::string(std::filesystem::absolute("cli/lineup").string());
  const std::string command = "cd '" + ::testing::TempDir() +
                              "' && timeout 60 '" + *program + "' " +
                              arguments + " 2>&1";
  Result result;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  size_t n;
  while ((n = fread(buffer, 1, sizeof(buffer), pipe)) > 0) {
    result.text.append(buffer, n);
  }
  result.status = WEXITSTATUS(pclose(pipe));
  return result;
}

std::string PathOf(const std::string& name) {
  return ::testing::TempDir() + "/" + name;
}

void WriteFile(const std::string& name, const std::string& contents) {
  std::ofstream(PathOf(name), std::ios::binary) << contents;
}

std::string ReadAll(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(PathOf(name), std::ios::binary).rdbuf();
  return text.str();
}

struct Case {
  std::string arguments;
  int status;
  std::string text;
};

constexpr char kTrain[] =
    "train --output m --predictor-type "
    "binary_classifier ";

class BadInputTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    WriteFile("ok.csv", "1,2,3\n0,1,2\n1,4,5\n0,6,7\n");
    WriteFile("text.csv", "1,2,3\n0,x,4\n");
    WriteFile("nan.csv", "1,2,3\n0,nan,4\n");
    WriteFile("inf.csv", "1,2,3\n0,inf,4\n");
    WriteFile("large.csv", "1,1e60,3\n");
    WriteFile("ragged.csv", "1,2,3\n0,1\n");
    WriteFile("label.csv", "1,2,3\n7,1,2\n");
    WriteFile("empty.csv", "");
    WriteFile("header.csv", "y,a,b\n");
    WriteFile("quote.csv", "1,\"2,3\n0,1,2\n");
    WriteFile("narrow.csv", "1,2\n0,1\n");
    WriteFile("wide.svm", "1 1:2 9:3\n");
    WriteFile("dup.svm", "1 3:2 3:3\n");
    WriteFile("cut.rec", std::string("\x0a\x23\xd7\xce\x7c\0\0\0\x0a\x66", 10));
    WriteFile("cut.csv.gz",
              std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\x33", 11));
    WriteFile("bad.json", "{\"epochs\": 3,");
    WriteFile("unknown.json", "{\"epoch\": 3}");
    WriteFile("type.json", "{\"epochs\": [1]}");
    WriteFile("list.json", "[1, 2]");
    WriteFile("broad.csv", "1,2,3,4\n");
    WriteFile("missing.csv", "y,a,b\n1,,2\n");
    WriteFile("half.csv", "1.5,3,1\n0,1,1\n");
    WriteFile("text.rec", "This is no RecordIO.");
    WriteFile("nomodel", "hello\n");
    WriteFile("model.json", "{\"format\": \"line");
    std::filesystem::create_directories(PathOf("damaged"));
    WriteFile("damaged/model.json", "{}");
    std::filesystem::create_directories(PathOf("nodata"));
    std::filesystem::create_directories(PathOf("other"));
    WriteFile("other/x", "");
    const Result trained = RunLineup(
        "train --train ok.csv --validation ok.csv --output good --epochs 1 "
        "--predictor-type binary_classifier");
    ASSERT_EQ(trained.status, 0) << trained.text;
    WriteFile("cut.tar.gz", ReadAll("good/model.tar.gz").substr(0, 300));
  }

  static void Expect(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
      const Result result = RunLineup(c.arguments);
      EXPECT_EQ(result.status, c.status) << c.arguments << "\n" << result.text;
      EXPECT_THAT(result.text, HasSubstr("lineup: error: " + c.text))
          << c.arguments;
    }
  }

  static Case Data(const std::string& file, const std::string& text) {
    return {kTrain + ("--train " + file), 1, text};
  }
};

TEST_F(BadInputTest, Data) {
  Expect({
      Data("text.csv",
           "text.csv:2:2: feature 0: found \"x\", expected a "
           "number; encode text as numbers first"),
      Data("nan.csv",
           "nan.csv:2:2: feature 0: found \"nan\", expected a "
           "finite number; fill it in, drop the row, or skip such "
           "rows with --max-bad-records"),
      Data("inf.csv",
           "inf.csv:2:2: feature 0: found \"inf\", expected a "
           "finite number"),
      Data("large.csv",
           "large.csv:1:2: feature 0: found \"1e60\", expected a "
           "number of at most 3.4028235e38 in size"),
      Data("ragged.csv",
           "ragged.csv:2:2: feature 0: found 2 columns, expected "
           "3 as in the first line"),
      Data("label.csv",
           "label.csv:2:1: label: found 7, expected a label of 0 "
           "or 1"),
      Data("empty.csv", "--train: empty.csv: the file is empty, expected data"),
      Data("header.csv",
           "--train: header.csv: found a line of names and no "
           "records behind it"),
      Data("nodata", "--train: nodata: the directory is empty"),
      Data("nosuch.csv", "--train: cannot open nosuch.csv: No such file"),
      Data("'no*.csv'", "--train: no*.csv: no file has this name or matches"),
      Data("quote.csv",
           "quote.csv:1:2: feature 0: found \"\\\"2,3\", expected "
           "a closing quote"),
      Data("dup.svm", "dup.svm:1:7: feature 3: found feature id 3 twice"),
      Data("wide.svm --feature-dim 5",
           "wide.svm:1:7: found feature id 9, expected ids from 1 to 5"),
      Data("cut.csv.gz",
           "--train: cut.csv.gz: the gzip data ends too early, at byte 11"),
      Data("cut.rec", "--train: cut.rec: record 1: found the end of the file"),
      Data("ok.csv --validation narrow.csv",
           "--validation: narrow.csv: found 2 columns"),
      Data("ok.csv narrow.csv", "--train: narrow.csv: found 2 columns"),
      Data("ok.csv --label nosuch",
           "--train: ok.csv: --label nosuch: the file "
           "has no line of names"),
      Data("missing.csv",
           "missing.csv:2:2: a: found nothing (a missing value), expected a "
           "number"),
      Data("text.rec --format recordio-protobuf",
           "--train: text.rec: record 1: found the bytes 5468697320697320 "
           "where a record should start"),
      {"train --output m --predictor-type multiclass_classifier "
       "--num-classes 3 --train half.csv",
       1,
       "half.csv:1:1: label: found 1.5, expected a class from 0 to 2 "
       "(num_classes is 3)"},
      Data("ok.csv --feature-dim 4",
           "--train: ok.csv: found 2 features, expected 4 (feature_dim)"),
      Data("ok.csv --drop-last",
           "the training data has fewer examples than "
           "mini_batch_size (1000)"),
  });
}

TEST_F(BadInputTest, Flags) {
  const std::string train = std::string(kTrain) + "--train ok.csv ";
  Expect({
      {"trian", 2, "unknown command \"trian\""},
      {train + "--learnin-rate 1", 2,
       "unknown flag --learnin-rate; did you mean \"--learning-rate\"?"},
      {"train --train ok.csv --predictor-type regressor", 2,
       "--output is required; see lineup train --help"},
      {kTrain, 2, "--train is required; see lineup train --help"},
      {train + "--epochs x", 1,
       "--epochs: found \"x\", expected a whole number of at least 1"},
      {train + "--l1 -1", 1,
       "--l1: found \"-1\", expected auto or a number of at least 0"},
      {"train --train ok.csv --output m --predictor-type binary", 1,
       "--predictor_type: found \"binary\", expected binary_classifier, "
       "multiclass_classifier or regressor"},
      {"train --train ok.csv --output m", 1, "predictor_type is missing"},
      {"train --train ok.csv --output m --predictor-type "
       "multiclass_classifier",
       1, "num_classes is missing"},
      {train + "--loss huber_loss", 1,
       "--loss: found \"huber_loss\", but with "
       "predictor_type=binary_classifier the loss is auto or one of logistic, "
       "hinge_loss"},
      {train + "--num-models 2000", 1, "--num_models: found \"2000\""},
      {train + "--validation ok.csv --validation-fraction 0.1", 1,
       "--validation and --validation-fraction exclude each other"},
      {train + "--staleness maybe", 1,
       "--staleness: found \"maybe\", expected a whole number from 0 or "
       "unbounded"},
      {train + "--cache-memory lots", 1,
       "--cache-memory: found \"lots\", expected a size such as 512MiB"},
      {train + "--threads -2", 2,
       "--threads: found \"-2\", expected a whole number from 0 to 1024"},
      {train + "--epochs 1 --epochs 2", 2,
       "--epochs: expected one value, number of values found: 2"},
      {train + "--max-bad-records -1", 2,
       "--max-bad-records: found \"-1\", expected a whole number"},
      {train + "--format cvs", 1,
       "--format: data format \"cvs\" is not known; use auto, csv"},
      {train + "--validation-fraction 2", 1,
       "--validation-fraction: found 2, expected a number from 0 to below 1"},
      {"train --train ok.csv --output ok.csv/m --predictor-type regressor", 1,
       "cannot create directory ok.csv: Not a directory"},
      {train + "--shuffle maybe", 2,
       "--shuffle: found \"maybe\", expected one of seed, none"},
      {"train --train ok.csv --output other --predictor-type regressor", 1,
       "other: the directory holds \"x\", which is not part of a Lineup "
       "model"},
  });
}

TEST_F(BadInputTest, HyperparameterFiles) {
  const std::string train =
      "train --train ok.csv --output m --hyperparameters ";
  Expect({
      {train + "bad.json", 1,
       "bad.json: not valid JSON: parse error at line 1, column 14"},
      {train + "unknown.json", 1,
       "unknown.json: epoch: no hyperparameter has this name; did you mean "
       "\"epochs\"?"},
      {train + "type.json", 1,
       "type.json: epochs: found the list [1], expected one value"},
      {train + "list.json", 1, "list.json: expected a JSON object such as"},
      {train + "nosuch.json", 1, "cannot open nosuch.json: No such file"},
  });
}

TEST_F(BadInputTest, Models) {
  Expect({
      {"predict --input ok.csv", 2, "--model is required"},
      {"predict --model nomodel --input ok.csv", 1,
       "nomodel: the archive cannot be unpacked"},
      {"predict --model cut.tar.gz --input ok.csv", 1,
       "cut.tar.gz: the archive cannot be unpacked"},
      {"inspect --model damaged", 1,
       "damaged/model.json: format: missing or null, expected a string"},
      {"inspect --model model.json", 1, "model.json:1:17: not valid JSON"},
      {"predict --model good --input broad.csv --output p.jsonl", 1,
       "broad.csv: found 4 columns (the delimiter is \",\"), expected 3"},
      {"evaluate --model good --input broad.csv", 1,
       "broad.csv: found 4 columns (the delimiter is \",\"), expected 3"},
      {"predict --model good --input ok.csv --output p.xls", 1,
       "--output p.xls: the name does not tell the format; end it with .csv"},
      {"train --train ok.csv --output m --predictor-type regressor "
       "--warm-start good",
       1, "--warm-start: good is a binary_classifier, but predictor_type is "},
      {"inspect --model nosuch", 1, "cannot open nosuch: No such file"},
      {"evaluate --model good --input nosuch.csv", 1,
       "cannot open nosuch.csv: No such file"},
      {std::string(kTrain) + "--train ok.csv --warm-start nomodel", 1,
       "--warm-start: nomodel: the archive cannot be unpacked"},
  });
}

TEST_F(BadInputTest, AFailedRunLeavesTheEarlierModel) {
  const std::string json = ReadAll("good/model.json");
  const std::string archive = ReadAll("good/model.tar.gz");
  ASSERT_FALSE(json.empty());
  const Result result = RunLineup(
      "train --train text.csv --output good --predictor-type "
      "binary_classifier");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(ReadAll("good/model.json"), json);
  EXPECT_EQ(ReadAll("good/model.tar.gz"), archive);
}

TEST_F(BadInputTest, BadRecordsAreSkippedCountedAndReported) {
  const Result result =
      RunLineup(std::string(kTrain) + "--train text.csv --max-bad-records 2");
  EXPECT_EQ(result.status, 0) << result.text;
  EXPECT_THAT(result.text, HasSubstr("skipped 1 records that cannot be read"));
  EXPECT_THAT(result.text, HasSubstr("text.csv:2:2: feature 0"));
}

}  // namespace
}  // namespace lineup
