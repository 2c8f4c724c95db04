#include "cli/evaluate_command.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "cli/flag_checks.h"
#include "cli/model_input.h"
#include "cli/model_report.h"
#include "common/base/status_macros.h"
#include "common/base/thread_pool.h"
#include "common/data/dataset.h"
#include "common/model/evaluator.h"
#include "common/model/json_text.h"
#include "common/model/model_directory.h"

namespace lineup {
namespace {

// Splits measured at once, for each thread: enough to even out their lengths.
constexpr size_t kSplitsPerThread = 4;

// Measures the splits from `begin` on, each by itself, and adds them up in
// their order, so that sums do not depend on the threads.
absl::Status AddSplits(const Dataset& dataset, const Predictor& predictor,
                       size_t begin, size_t end, ThreadPool* pool,
                       BadRecords* bad, Evaluator* total) {
  std::vector<Evaluator> parts(end - begin, Evaluator(predictor));
  std::vector<absl::Status> statuses(end - begin);
  pool->ParallelFor(end - begin, [&](size_t i) {
    statuses[i] = dataset.ReadSplit(
        begin + i,
        [&](const Examples& examples) { return parts[i].Add(examples); }, bad);
  });
  for (size_t i = 0; i < parts.size(); ++i) {
    LINEUP_RETURN_IF_ERROR(statuses[i]);
    total->Merge(parts[i]);
  }
  return absl::OkStatus();
}

nlohmann::ordered_json ToJson(const Evaluator& evaluator,
                              const BadRecords& bad) {
  nlohmann::ordered_json json;
  json["examples"] = evaluator.num_examples();
  json["skipped_records"] = bad.count();
  for (const auto& [name, value] : evaluator.Values()) json[name] = value;
  return json;
}

}  // namespace

absl::Status RunEvaluate(const EvaluateOptions& options, std::ostream& out,
                         std::ostream& err) {
  LINEUP_ASSIGN_OR_RETURN(DataOptions data, MakeDataOptions(options.data));
  LINEUP_ASSIGN_OR_RETURN(ModelFile file, ReadModel(options.model));
  data.label_domain = LabelsOf(file.model);
  LINEUP_ASSIGN_OR_RETURN(
      const Dataset dataset,
      Dataset::OpenLike(InputSchema(file), options.inputs, data));
  LINEUP_ASSIGN_OR_RETURN(const Predictor predictor,
                          Predictor::Create(std::move(file.model)));
  ThreadPool pool(static_cast<int>(
      options.threads > 0 ? options.threads
                          : std::max(1u, std::thread::hardware_concurrency())));
  Evaluator evaluator(predictor);
  BadRecords bad(data.max_bad_records);
  const size_t splits = dataset.splits().size();
  const size_t step = kSplitsPerThread * static_cast<size_t>(pool.threads());
  for (size_t begin = 0; begin < splits; begin += step) {
    LINEUP_RETURN_IF_ERROR(AddSplits(dataset, predictor, begin,
                                     std::min(begin + step, splits), &pool,
                                     &bad, &evaluator));
  }
  ReportBadRecords(bad, err);
  if (options.json) {
    out << ReadableJson(ToJson(evaluator, bad));
  } else {
    out << "examples  " << evaluator.num_examples() << "\n\n"
        << MetricsTable({{"value", evaluator.Values()}});
  }
  return absl::OkStatus();
}

void AddEvaluateCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      app.add_subcommand("evaluate", "Measure a model on labelled data");
  command
      ->add_option("--model", options->model,
                   "Model directory, model.json, or model.tar.gz (also one of "
                   "Amazon's Linear Learner)")
      ->required();
  command
      ->add_option("--input", options->inputs,
                   "Files, directories or globs of labelled data")
      ->required();
  command->add_flag("--json", options->json, "Print JSON");
  command
      ->add_option("--threads", options->threads,
                   "Threads to read with; 0: one for each processor")
      ->check(WholeNumber(0, 1024))
      ->capture_default_str();
  AddDataFlags(command, &options->data);
  command->callback([options, run] {
    *run = [options] { return RunEvaluate(*options, std::cout, std::cerr); };
  });
}

}  // namespace lineup
