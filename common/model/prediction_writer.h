// Writes predictions to a file or to standard output while they are made, so
// that memory does not grow with the input.
//
//   LINEUP_ASSIGN_OR_RETURN(PredictionWriter writer,
//                           PredictionWriter::Create(path, format, model));
//   for (...) LINEUP_RETURN_IF_ERROR(writer.Write(predictions));
//   LINEUP_RETURN_IF_ERROR(writer.Finish());
//
// A file appears under its name only when Finish() has succeeded; before that
// an earlier file of that name stays as it was. What is not a regular file (a
// pipe, a terminal, /dev/null) is written to directly.
//
// Thread safety: one thread at a time. Errors name the path.

#ifndef LINEUP_COMMON_MODEL_PREDICTION_WRITER_H_
#define LINEUP_COMMON_MODEL_PREDICTION_WRITER_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/files.h"
#include "common/model/linear_model.h"
#include "common/model/prediction_format.h"
#include "common/model/predictor.h"

namespace lineup {

class PredictionWriter {
 public:
  // `path` "-" is standard output.
  static absl::StatusOr<PredictionWriter> Create(const std::string& path,
                                                 PredictionFormat format,
                                                 const LinearModel& model);

  PredictionWriter(PredictionWriter&& other) noexcept;
  PredictionWriter& operator=(PredictionWriter&&) = delete;
  ~PredictionWriter();

  absl::Status Write(const Predictions& predictions);

  // Writes out what is still in memory and makes the file visible. At most
  // once, and nothing after it.
  absl::Status Finish();

 private:
  PredictionWriter(std::string path, PredictionFormat format);

  absl::Status Flush();

  std::string path_;
  PredictionFormat format_;
  std::string buffer_;
  std::optional<AtomicFile> file_;
  int descriptor_ = -1;  // where there is no file_
};

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_PREDICTION_WRITER_H_
