// Standard input, a named pipe or another file that can be read only once,
// from its start to its end. Its beginning can be looked at before.
//
// Thread-safe.

#ifndef LINEUP_COMMON_DATA_PIPE_H_
#define LINEUP_COMMON_DATA_PIPE_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/data/byte_source.h"

namespace lineup {

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  // kStandardInput (input_files.h) is standard input. Waits until something
  // writes to a named pipe.
  static absl::StatusOr<std::shared_ptr<Pipe>> Open(const std::string& path);

  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe();

  // The first `bytes` bytes, fewer if there are no more. Not after Take().
  absl::StatusOr<std::string> Peek(size_t bytes);

  // All bytes, those that were peeked at included. Once: the second time is
  // an error.
  absl::StatusOr<std::unique_ptr<ByteSource>> Take();

 private:
  class Source;

  Pipe(std::string path, int descriptor);

  absl::StatusOr<size_t> ReadDescriptor(absl::Span<char> buffer);

  const std::string path_;
  const int descriptor_;
  Mutex mutex_;
  std::string head_ ABSL_GUARDED_BY(mutex_);
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_PIPE_H_
