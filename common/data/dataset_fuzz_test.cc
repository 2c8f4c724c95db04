// Any file at all, opened and read as data: it must give examples or an error,
// and the same ones however it is cut into splits.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/data/dataset.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// A file in memory that has a path.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size)
      : descriptor_(memfd_create("dataset_fuzz_test", MFD_CLOEXEC)),
        path_(absl::StrCat("/proc/self/fd/", descriptor_)) {
    PCHECK(descriptor_ >= 0);
    PCHECK(pwrite(descriptor_, data, size, 0) == static_cast<ssize_t>(size));
  }
  ~MemoryFile() { close(descriptor_); }

  const std::string& path() const { return path_; }

 private:
  const int descriptor_;
  const std::string path_;
};

struct Outcome {
  absl::Status status;
  std::vector<float> labels;
  std::vector<float> values;
  std::vector<uint32_t> feature_ids;
  uint64_t bad_records = 0;

  bool operator==(const Outcome& other) const {
    return status == other.status && labels == other.labels &&
           values == other.values && feature_ids == other.feature_ids &&
           bad_records == other.bad_records;
  }
};

template <typename From, typename To>
void Append(const From& from, To* to) {
  to->insert(to->end(), from.begin(), from.end());
}

Outcome ReadAll(const Dataset& dataset) {
  Outcome outcome;
  BadRecords bad(UINT64_MAX);
  for (size_t split = 0; split < dataset.splits().size(); ++split) {
    outcome.status = dataset.ReadSplit(
        split,
        [&](const Examples& block) {
          Append(block.labels, &outcome.labels);
          Append(block.values, &outcome.values);
          Append(block.feature_ids, &outcome.feature_ids);
          return absl::OkStatus();
        },
        &bad);
    if (!outcome.status.ok()) break;
  }
  outcome.bad_records = bad.count();
  return outcome;
}

Outcome OpenAndRead(const std::string& path, const DataOptions& options) {
  const auto dataset = Dataset::Open({path}, options);
  if (!dataset.ok()) return {dataset.status()};
  return ReadAll(*dataset);
}

void OpenLikeAndRead(const std::string& path, bool sparse) {
  Schema schema;
  schema.sparse = sparse;
  schema.num_features = 2;
  DataOptions options;
  options.labelled = false;
  const auto dataset = Dataset::OpenLike(schema, {path}, options);
  if (dataset.ok()) ReadAll(*dataset);
}

}  // namespace
}  // namespace lineup

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const lineup::MemoryFile file(data, size);
  lineup::DataOptions options;
  const lineup::Outcome whole = lineup::OpenAndRead(file.path(), options);
  options.split_bytes = 7;
  CHECK(lineup::OpenAndRead(file.path(), options) == whole);
  lineup::OpenLikeAndRead(file.path(), false);
  lineup::OpenLikeAndRead(file.path(), true);
  return 0;
}
