#include "common/model/prediction_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/base/status_macros.h"

namespace lineup {
namespace {

constexpr size_t kFlushBytes = size_t{1} << 20;
constexpr char kStandardOutput[] = "-";

bool IsSpecial(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode) &&
         !S_ISDIR(info.st_mode);
}

}  // namespace

PredictionWriter::PredictionWriter(std::string path, PredictionFormat format)
    : path_(std::move(path)), format_(format) {}

PredictionWriter::PredictionWriter(PredictionWriter&& other) noexcept
    : path_(std::move(other.path_)),
      format_(other.format_),
      buffer_(std::move(other.buffer_)),
      file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

PredictionWriter::~PredictionWriter() {
  if (descriptor_ >= 0 && path_ != kStandardOutput) close(descriptor_);
}

absl::StatusOr<PredictionWriter> PredictionWriter::Create(
    const std::string& path, PredictionFormat format,
    const LinearModel& model) {
  PredictionWriter writer(path, format);
  if (path == kStandardOutput) {
    writer.descriptor_ = STDOUT_FILENO;
  } else if (IsSpecial(path)) {
    writer.descriptor_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (writer.descriptor_ < 0) return FileError(errno, "open", path);
  } else {
    LINEUP_ASSIGN_OR_RETURN(writer.file_, AtomicFile::Create(path));
  }
  writer.buffer_ = PredictionHeader(format, model);
  return writer;
}

absl::Status PredictionWriter::Flush() {
  if (file_.has_value()) {
    LINEUP_RETURN_IF_ERROR(file_->Append(buffer_));
  } else {
    for (size_t done = 0; done < buffer_.size();) {
      const ssize_t count =
          write(descriptor_, buffer_.data() + done, buffer_.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        return FileError(errno, "write to",
                         path_ == kStandardOutput ? "standard output" : path_);
      }
      done += static_cast<size_t>(count);
    }
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status PredictionWriter::Write(const Predictions& predictions) {
  AppendPredictions(format_, predictions, &buffer_);
  return buffer_.size() < kFlushBytes ? absl::OkStatus() : Flush();
}

absl::Status PredictionWriter::Finish() {
  LINEUP_RETURN_IF_ERROR(Flush());
  return file_.has_value() ? file_->Commit() : absl::OkStatus();
}

}  // namespace lineup
