// Training, validation, test and prediction data, in whatever files they lie:
//
//   Dataset train = Dataset::Open({"data/train"}, DataOptions()).value();
//   BadRecords bad(options.max_bad_records);
//   for (size_t s = 0; s < train.splits().size(); ++s) {
//     status = train.ReadSplit(s, [&](Examples block) { ... }, &bad);
//   }
//
// Paths are files, directories (read through, in order of name; hidden and
// empty files are passed over) and globs. CSV, LIBSVM, RecordIO-protobuf and
// JSON Lines, each plain, gzip or zstd; format and compression are found from
// the content. docs/formats.md says what is accepted.
//
// A dataset is cut into splits that workers read alone. A record belongs to
// the split in which its first byte lies, so any division into splits gives
// the same examples in the same order. A compressed file is one split.
//
// Immutable and thread-safe; copies share their state. Every error names the
// file, and the line and column or the record number, says what was found and
// expected, and what to do about it.

#ifndef LINEUP_COMMON_DATA_DATASET_H_
#define LINEUP_COMMON_DATA_DATASET_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/data/bad_records.h"
#include "common/data/examples.h"
#include "common/data/schema.h"
#include "common/data/split.h"

namespace lineup {

struct DatasetPlan;  // dataset_plan.h

class Dataset {
 public:
  // A block passed to a sink has at most this many examples and, unless it is
  // a single example, takes at most this much memory.
  static constexpr size_t kMaxBlockExamples = 65536;
  static constexpr uint64_t kMaxBlockBytes = uint64_t{16} << 20;

  using Sink = std::function<absl::Status(Examples)>;

  // Finds the files, their format, columns and width, and cuts the splits.
  // Reads the head of every file (RecordIO and CSV with quotes: all of it).
  static absl::StatusOr<Dataset> Open(absl::Span<const std::string> paths,
                                      const DataOptions& options);

  // Opens more data for a model or training set of the given schema: features
  // come out in that schema's order (CSV columns are matched by name where
  // both have names), dense or sparse and numbered as it is; anything that
  // does not fit is an error. The files may have another format. With
  // options.labelled false, CSV with exactly num_features columns (plus the
  // weight) is unlabelled and with one more is labelled.
  static absl::StatusOr<Dataset> OpenLike(const Schema& schema,
                                          absl::Span<const std::string> paths,
                                          const DataOptions& options);

  const Schema& schema() const;
  const std::vector<std::string>& files() const;
  const std::vector<Split>& splits() const;
  // Size of all files as they lie on disk.
  uint64_t total_bytes() const;
  // Examples in all, guessed from the heads of the files; 0 for pipes alone.
  double estimated_examples() const;

  // Parses one split and hands it to `sink` in blocks, in file order. Stops
  // at the first error of the sink and returns it. Bad records go to `bad`
  // (null: the first one is the error returned) and are left out. Whoever wants
  // few examples alone asks for smaller blocks, and ends the read by an error.
  absl::Status ReadSplit(size_t split, const Sink& sink, BadRecords* bad,
                         size_t max_block_examples = kMaxBlockExamples) const;

 private:
  explicit Dataset(std::shared_ptr<const DatasetPlan> plan);

  std::shared_ptr<const DatasetPlan> plan_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_DATASET_H_
