#include "common/model/background_archive.h"

#include "common/model/model_archive.h"

namespace lineup {

BackgroundArchive::BackgroundArchive(const LinearModel* model)
    : thread_([this, model] { archive_ = SerializeModelArchive(*model); }) {}

BackgroundArchive::~BackgroundArchive() { Wait().IgnoreError(); }

const absl::StatusOr<std::string>& BackgroundArchive::Wait() {
  if (thread_.joinable()) thread_.join();
  return archive_;
}

}  // namespace lineup
