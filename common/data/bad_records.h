// Counts the records that were skipped because they could not be read, and
// keeps the first few errors word for word for the report.
//
// Thread-safe: one object serves all readers of a job. Which records are over
// the limit depends on the readers' timing; whether the limit is passed in
// total does not.

#ifndef LINEUP_COMMON_DATA_BAD_RECORDS_H_
#define LINEUP_COMMON_DATA_BAD_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace lineup {

class BadRecords {
 public:
  static constexpr size_t kMaxMessages = 10;

  // Up to `limit` records may be bad; 0 makes the first one an error.
  explicit BadRecords(uint64_t limit) : limit_(limit) {}

  // Counts one bad record. OK while the count is within the limit, otherwise
  // `error` itself, with the limit named when there is one.
  absl::Status Add(const absl::Status& error);

  // True while Add would still keep a message: finding the line number of an
  // error costs a pass over the file, which is not worth it for errors that
  // nobody will read.
  bool wants_message() const;

  uint64_t limit() const { return limit_; }
  uint64_t count() const;
  std::vector<std::string> messages() const;

 private:
  const uint64_t limit_;
  mutable absl::Mutex mutex_;
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> messages_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_BAD_RECORDS_H_
