// Parses one split of one file: pieces of its bytes through the parser of its
// format into blocks, with every bad record reported by its place.

#ifndef LINEUP_COMMON_DATA_SPLIT_READER_H_
#define LINEUP_COMMON_DATA_SPLIT_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/data/bad_records.h"
#include "common/data/examples.h"
#include "common/data/file_layout.h"
#include "common/data/line_finder.h"
#include "common/data/piece_reader.h"
#include "common/data/record_parser.h"

namespace lineup {

// For one thread, to be used once.
class SplitReader {
 public:
  using Sink = std::function<absl::Status(Examples)>;

  // `file` names the file in errors. `lines` finds the lines of bad records;
  // if it is null, `pieces` must count them.
  SplitReader(std::string file, FileFormat format,
              std::unique_ptr<PieceReader> pieces,
              std::unique_ptr<RecordParser> parser,
              std::unique_ptr<LineFinder> lines);

  // As Dataset::ReadSplit.
  absl::Status Read(const Sink& sink, BadRecords* bad);

 private:
  absl::Status Report(const RecordError& error, BadRecords* bad);
  std::string PlaceOf(const RecordError& error);

  const std::string file_;
  const FileFormat format_;
  const std::unique_ptr<PieceReader> pieces_;
  const std::unique_ptr<RecordParser> parser_;
  const std::unique_ptr<LineFinder> lines_;
  Examples block_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_SPLIT_READER_H_
