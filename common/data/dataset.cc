#include "common/data/dataset.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/data/dataset_plan.h"
#include "common/data/line_finder.h"
#include "common/data/piece_reader.h"
#include "common/data/split_reader.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// The pieces of a file from the split's first record on.
absl::StatusOr<std::unique_ptr<PieceReader>> OpenPieces(
    const DataFile& file, const FileLayout& layout, const Split& split) {
  PieceReader::Options options;
  options.file = file.name();
  options.lines = layout.format != FileFormat::kRecordIo;
  uint64_t to_skip = layout.data_begin;
  if (file.seekable()) {
    options.end = split.end;
    // The byte before tells whether a line starts here.
    options.skip_first_line = options.lines && split.begin > layout.data_begin;
    options.begin = split.begin - options.skip_first_line;
    to_skip = 0;
  } else {
    options.count_lines = options.lines;
  }
  LINEUP_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                          file.Read(options.begin));
  auto pieces = std::make_unique<PieceReader>(std::move(source), options);
  LINEUP_RETURN_IF_ERROR(pieces->Skip(to_skip));
  return pieces;
}

}  // namespace

Dataset::Dataset(std::shared_ptr<const DatasetPlan> plan)
    : plan_(std::move(plan)) {}

absl::StatusOr<Dataset> Dataset::Open(absl::Span<const std::string> paths,
                                      const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(DatasetPlan plan, PlanDataset(paths, options));
  return Dataset(std::make_shared<const DatasetPlan>(std::move(plan)));
}

absl::StatusOr<Dataset> Dataset::OpenLike(const Schema& schema,
                                          absl::Span<const std::string> paths,
                                          const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(DatasetPlan plan,
                          PlanDatasetLike(schema, paths, options));
  return Dataset(std::make_shared<const DatasetPlan>(std::move(plan)));
}

const Schema& Dataset::schema() const { return plan_->schema; }

const std::vector<std::string>& Dataset::files() const { return plan_->paths; }

const std::vector<Split>& Dataset::splits() const { return plan_->splits; }

uint64_t Dataset::total_bytes() const {
  uint64_t total = 0;
  for (const DataFile& file : plan_->files) total += file.bytes();
  return total;
}

double Dataset::estimated_examples() const { return plan_->estimated_examples; }

absl::Status Dataset::ReadSplit(size_t split_index, const Sink& sink,
                                BadRecords* bad,
                                size_t max_block_examples) const {
  CHECK_LT(split_index, plan_->splits.size());
  const Split& split = plan_->splits[split_index];
  const DataFile& file = plan_->files[split.file];
  const FileLayout& layout = plan_->layouts[split.file];
  ParserOptions options;
  options.label_domain = plan_->label_domain;
  options.limits = {max_block_examples, kMaxBlockBytes};
  options.first_record = split.first_record;
  options.expected_bytes = split.estimated_bytes;
  LINEUP_ASSIGN_OR_RETURN(std::unique_ptr<PieceReader> pieces,
                          OpenPieces(file, layout, split));
  SplitReader reader(
      file.name(), layout.format, std::move(pieces),
      MakeParser(layout, options),
      file.seekable() ? std::make_unique<LineFinder>(file.input()) : nullptr);
  return reader.Read(
      [&](Examples block) { return sink(ToLayout(layout, std::move(block))); },
      bad);
}

}  // namespace lineup
