// A model directory: model.json (model_json.h) and model.tar.gz
// (model_archive.h), which appear under their name only together and complete.
//
// A new model is written beside its place, flushed to the disk and swapped in
// by one rename, so a run that fails, or a machine that stops, leaves the
// earlier model as it was. Whatever else lies in a directory is never touched:
// a directory that holds anything but a Lineup model is refused.
//
// Errors name the path, what stands in the way and what to do.

#ifndef LINEUP_COMMON_MODEL_MODEL_DIRECTORY_H_
#define LINEUP_COMMON_MODEL_MODEL_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/model/background_archive.h"
#include "common/model/model_document.h"

namespace lineup {

constexpr char kModelJsonName[] = "model.json";
constexpr char kModelArchiveName[] = "model.tar.gz";

// Whether a model could be written to `directory` now: it is absent, empty or
// a Lineup model, and the directory above it can be written to (it is created
// if it is missing). Meant for the first second of a long job.
absl::Status CheckModelDirectoryWritable(const std::string& directory);

// Writes a model, replacing an earlier one. Not for two callers with the same
// directory at once: the last one wins.
absl::Status WriteModelDirectory(const std::string& directory,
                                 const ModelDocument& document,
                                 const LinearModel& model);

// The same where the model's archive has been begun already.
absl::Status WriteModelDirectory(const std::string& directory,
                                 const ModelDocument& document,
                                 const LinearModel& model,
                                 BackgroundArchive* archive);

// Reads a model directory, its model.json, its model.tar.gz, or an archive of
// the Linear Learner (model.tar.gz, or the model_algo-1 in it).
absl::StatusOr<ModelFile> ReadModel(const std::string& path);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_MODEL_DIRECTORY_H_
