// model.tar.gz made in a thread of its own. Compressing the weights keeps one
// processor busy for a while and needs nothing but the model, so it can begin
// before all that is told of the model beside it is known.
//
// Thread safety: for one thread.

#ifndef LINEUP_COMMON_MODEL_BACKGROUND_ARCHIVE_H_
#define LINEUP_COMMON_MODEL_BACKGROUND_ARCHIVE_H_

#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "common/model/linear_model.h"

namespace lineup {

class BackgroundArchive {
 public:
  // Begins. `model` must outlive this and not change.
  explicit BackgroundArchive(const LinearModel* model);
  // Waits for the thread.
  ~BackgroundArchive();

  BackgroundArchive(const BackgroundArchive&) = delete;
  BackgroundArchive& operator=(const BackgroundArchive&) = delete;

  // Waits. What SerializeModelArchive gives.
  const absl::StatusOr<std::string>& Wait();

 private:
  absl::StatusOr<std::string> archive_;  // the thread's until it is joined
  std::thread thread_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_BACKGROUND_ARCHIVE_H_
