// A model as the Linear Learner leaves it: "model.tar.gz" with one member,
// "model_algo-1", a ZIP of four stored files:
//
//   mx-mod-symbol.json       the graph (mxnet_symbol.h)
//   manifest.json            what the other members are
//   additional-params.json   predictor, loss, threshold (additional_params.h)
//   mx-mod-0000.params       fc0_weight (features x outputs) and fc0_bias
//                            (1 x outputs), in raw units (ndarray_file.h)
//
// Once unpacked, mx.mod.Module.load("mx-mod", 0, label_names=["out_label"])
// reads it. Layout taken from a real archive, which these functions reproduce.
//
// The same model always gives the same bytes. The file names no features and
// no candidates: those are in model.json (model_directory.h).

#ifndef LINEUP_COMMON_MODEL_MODEL_ARCHIVE_H_
#define LINEUP_COMMON_MODEL_MODEL_ARCHIVE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/model/linear_model.h"
#include "common/model/stored_zip.h"

namespace lineup {

// Bounds what a file may make a reader unpack.
constexpr uint64_t kMaxModelBytes = uint64_t{32} << 30;

// The bytes of "model.tar.gz".
absl::StatusOr<std::string> SerializeModelArchive(const LinearModel& model);

// The bytes of its member "model_algo-1".
std::string SerializeModelZip(const LinearModel& model,
                              const ZipTime& modified = {});

// Reads either of the two, ours or the Linear Learner's own. `file` names it
// in errors, which are INVALID_ARGUMENT and say which member is at fault.
absl::StatusOr<LinearModel> ParseModelArchive(
    absl::string_view bytes, absl::string_view file,
    uint64_t max_bytes = kMaxModelBytes);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_MODEL_ARCHIVE_H_
