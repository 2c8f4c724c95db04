#include "common/data/bad_records.h"

#include "absl/strings/str_cat.h"

namespace lineup {

absl::Status BadRecords::Add(const absl::Status& error) {
  absl::MutexLock lock(&mutex_);
  ++count_;
  if (messages_.size() < kMaxMessages) {
    messages_.emplace_back(error.message());
  }
  if (count_ <= limit_) return absl::OkStatus();
  if (limit_ == 0) return error;
  return absl::Status(
      error.code(),
      absl::StrCat(error.message(), " (bad record ", count_,
                   ", more than max_bad_records ", limit_,
                   " allows; the first: ", messages_.front(), ")"));
}

bool BadRecords::wants_message() const {
  absl::MutexLock lock(&mutex_);
  return messages_.size() < kMaxMessages || count_ >= limit_;
}

uint64_t BadRecords::count() const {
  absl::MutexLock lock(&mutex_);
  return count_;
}

std::vector<std::string> BadRecords::messages() const {
  absl::MutexLock lock(&mutex_);
  return messages_;
}

}  // namespace lineup
