#include "common/data/dataset.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/csv_columns.h"
#include "common/data/csv_head.h"
#include "common/data/file_layout.h"
#include "common/data/file_source.h"
#include "common/data/input_files.h"
#include "common/data/line_finder.h"
#include "common/data/piece_reader.h"
#include "common/data/split_reader.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr size_t kHeadBytes = 256 << 10;
constexpr size_t kMaxHeadBytes = 256 << 20;

struct Head {
  std::string text;
  bool whole = false;  // the file ends with it
};

absl::StatusOr<Head> ReadHead(const InputFile& file, size_t bytes) {
  LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source,
                          FileSource::Open(file.path, file.bytes, 0));
  Head head;
  head.text.resize(bytes);
  size_t filled = 0;
  while (filled < bytes) {
    LINEUP_ASSIGN_OR_RETURN(const size_t size,
                            source->Read({&head.text[filled], bytes - filled}));
    if (size == 0) break;
    filled += size;
  }
  head.whole = filled < bytes;
  head.text.resize(filled);
  return head;
}

absl::StatusOr<CsvHead> HeadOf(const InputFile& file,
                               const DataOptions& options) {
  for (size_t bytes = kHeadBytes;; bytes *= 4) {
    LINEUP_ASSIGN_OR_RETURN(const Head head, ReadHead(file, bytes));
    absl::StatusOr<CsvHead> csv =
        ReadCsvHead(file.path, head.text, head.whole, options);
    if (!absl::IsOutOfRange(csv.status()) || bytes >= kMaxHeadBytes) {
      return csv;
    }
  }
}

void CutSplits(const InputFile& file, uint32_t index, const FileLayout& layout,
               uint64_t split_bytes, std::vector<Split>* splits) {
  const uint64_t bytes = file.bytes - layout.data_begin;
  const uint64_t count =
      (bytes + split_bytes - 1) / std::max<uint64_t>(split_bytes, 1);
  for (uint64_t i = 0; i < count; ++i) {
    Split split;
    split.file = index;
    split.begin = layout.data_begin + i * split_bytes;
    split.end = std::min(split.begin + split_bytes, file.bytes);
    split.estimated_bytes = split.end - split.begin;
    splits->push_back(split);
  }
}

}  // namespace

struct Dataset::State {
  Schema schema;
  DataOptions options;
  std::vector<InputFile> inputs;
  std::vector<std::string> files;
  std::vector<FileLayout> layouts;
  std::vector<Split> splits;
  uint64_t total_bytes = 0;
};

Dataset::Dataset(std::shared_ptr<const State> state)
    : state_(std::move(state)) {}

absl::StatusOr<Dataset> Dataset::Open(absl::Span<const std::string> paths,
                                      const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<InputFile> files,
                          ListInputFiles(paths));
  LINEUP_ASSIGN_OR_RETURN(const CsvHead head, HeadOf(files[0], options));
  LINEUP_ASSIGN_OR_RETURN(const Schema schema,
                          CsvSchema(files[0].path, head, options));
  DataOptions like = options;
  like.label = schema.labelled ? "" : "none";
  like.weight = "";
  return OpenLike(schema, paths, like);
}

absl::StatusOr<Dataset> Dataset::OpenLike(const Schema& schema,
                                          absl::Span<const std::string> paths,
                                          const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(std::vector<InputFile> files, ListInputFiles(paths));
  auto state = std::make_shared<State>();
  state->schema = schema;
  state->options = options;
  for (const InputFile& file : files) {
    FileLayout layout;
    LINEUP_ASSIGN_OR_RETURN(const CsvHead head, HeadOf(file, options));
    layout.data_begin = head.data_begin;
    LINEUP_ASSIGN_OR_RETURN(layout.csv,
                            CsvLayoutLike(schema, file.path, head, options));
    state->schema.labelled = layout.csv.labelled;
    state->schema.weighted = layout.csv.weighted;
    CutSplits(file, state->files.size(), layout, options.split_bytes,
              &state->splits);
    state->files.push_back(file.path);
    state->layouts.push_back(std::move(layout));
    state->total_bytes += file.bytes;
  }
  state->inputs = std::move(files);
  return Dataset(std::move(state));
}

const Schema& Dataset::schema() const { return state_->schema; }

const std::vector<std::string>& Dataset::files() const { return state_->files; }

const std::vector<Split>& Dataset::splits() const { return state_->splits; }

uint64_t Dataset::total_bytes() const { return state_->total_bytes; }

absl::Status Dataset::ReadSplit(size_t split, const Sink& sink,
                                BadRecords* bad) const {
  CHECK_LT(split, state_->splits.size());
  const Split& range = state_->splits[split];
  const InputFile& file = state_->inputs[range.file];
  const FileLayout& layout = state_->layouts[range.file];
  PieceReader::Options pieces;
  pieces.end = range.end;
  pieces.skip_first_line = range.begin > layout.data_begin;
  pieces.begin = pieces.skip_first_line ? range.begin - 1 : range.begin;
  LINEUP_ASSIGN_OR_RETURN(
      std::unique_ptr<FileSource> source,
      FileSource::Open(file.path, file.bytes, pieces.begin));
  SplitReader reader(file.path, layout.format,
                     std::make_unique<PieceReader>(std::move(source), pieces),
                     MakeParser(layout, state_->options.label_domain,
                                {kMaxBlockExamples, kMaxBlockBytes},
                                range.first_record, range.end - range.begin),
                     std::make_unique<LineFinder>(file.path, file.bytes));
  return reader.Read(sink, bad);
}

}  // namespace lineup
