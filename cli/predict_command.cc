#include "cli/predict_command.h"

#include <iostream>
#include <memory>
#include <utility>

#include "cli/model_input.h"
#include "common/base/status_macros.h"
#include "common/data/dataset.h"
#include "common/model/model_directory.h"
#include "common/model/prediction_writer.h"

namespace lineup {

absl::Status RunPredict(const PredictOptions& options, std::ostream& err) {
  LINEUP_ASSIGN_OR_RETURN(
      const PredictionFormat format,
      ChoosePredictionFormat(options.output_format, options.output));
  LINEUP_ASSIGN_OR_RETURN(DataOptions data, MakeDataOptions(options.data));
  LINEUP_ASSIGN_OR_RETURN(ModelFile file, ReadModel(options.model));
  data.labelled = false;
  LINEUP_ASSIGN_OR_RETURN(
      const Dataset dataset,
      Dataset::OpenLike(InputSchema(file), options.inputs, data));
  LINEUP_ASSIGN_OR_RETURN(const Predictor predictor,
                          Predictor::Create(std::move(file.model)));
  LINEUP_ASSIGN_OR_RETURN(
      PredictionWriter writer,
      PredictionWriter::Create(options.output, format, predictor.model()));
  BadRecords bad(data.max_bad_records);
  const auto answer = [&](const Examples& examples) -> absl::Status {
    LINEUP_ASSIGN_OR_RETURN(const Predictions predictions,
                            predictor.Predict(examples));
    return writer.Write(predictions);
  };
  for (size_t split = 0; split < dataset.splits().size(); ++split) {
    LINEUP_RETURN_IF_ERROR(dataset.ReadSplit(split, answer, &bad));
  }
  LINEUP_RETURN_IF_ERROR(writer.Finish());
  ReportBadRecords(bad, err);
  return absl::OkStatus();
}

void AddPredictCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command =
      app.add_subcommand("predict", "Score data with a trained model");
  command
      ->add_option("--model", options->model,
                   "Model directory, model.json, or model.tar.gz (also one of "
                   "Amazon's Linear Learner)")
      ->required();
  command
      ->add_option("--input", options->inputs,
                   "Files, directories or globs to score")
      ->required();
  command
      ->add_option("--output", options->output,
                   "Where to: a name ending in .jsonl, .csv or .rec, or - for "
                   "standard output")
      ->capture_default_str();
  command->add_option("--output-format", options->output_format,
                      "jsonlines, csv or recordio-protobuf; by the ending of "
                      "--output, if not given");
  AddDataFlags(command, &options->data);
  command->callback([options, run] {
    *run = [options] { return RunPredict(*options, std::cerr); };
  });
}

}  // namespace lineup
