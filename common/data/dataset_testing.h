// What the tests of reading data share: files of their own, compressed ones,
// RecordIO records, and everything that a dataset holds.

#ifndef LINEUP_COMMON_DATA_DATASET_TESTING_H_
#define LINEUP_COMMON_DATA_DATASET_TESTING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/dataset.h"
#include "common/data/examples.h"

namespace lineup {

// A directory of the running test's own; empty when the test starts.
std::string TestDirectory();

// Writes a file (its name may have directories) into it and returns its path.
std::string WriteTestFile(const std::string& name, absl::string_view contents);

// One member, one frame.
std::string GzipOf(absl::string_view text);
std::string ZstdOf(absl::string_view text);

// One record in RecordIO with a dense aialgs.data.Record of float32 values.
std::string RecordIoRecord(float label, const std::vector<float>& values);

// All blocks of all splits, joined. Checks what Dataset says of blocks.
absl::StatusOr<Examples> ReadAll(const Dataset& dataset,
                                 BadRecords* bad = nullptr);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_DATASET_TESTING_H_
