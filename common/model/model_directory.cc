#include "common/model/model_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"
#include "common/base/thread_pool.h"
#include "common/model/model_archive.h"
#include "common/model/model_json.h"

namespace lineup {
namespace {

enum class PathKind { kAbsent, kDirectory, kOther };

PathKind KindOf(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return PathKind::kAbsent;
  return S_ISDIR(info.st_mode) ? PathKind::kDirectory : PathKind::kOther;
}

// The directory itself behind links, "." and a trailing slash, so that it has
// a name and a parent.
std::string Resolve(std::string path) {
  if (char* real = realpath(path.c_str(), nullptr); real != nullptr) {
    path = real;
    free(real);
    return path;
  }
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

struct PathParts {
  std::string parent;
  std::string name;
};

PathParts Split(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& directory) {
  DIR* handle = opendir(directory.c_str());
  if (handle == nullptr) return FileError(errno, "open", directory);
  const absl::Cleanup close = [handle] { closedir(handle); };
  std::vector<std::string> names;
  while (const dirent* entry = readdir(handle)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

bool IsModelJson(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "r"), fclose);
  if (file == nullptr) return false;
  char start[256];
  const size_t size = fread(start, 1, sizeof(start), file.get());
  return absl::StrContains(
      absl::string_view(start, size),
      absl::StrCat("\"format\": \"", kModelJsonFormat, "\""));
}

absl::Status Occupied(const std::string& directory, const std::string& name) {
  return absl::FailedPreconditionError(absl::StrCat(
      directory, ": the directory holds \"", name,
      "\", which is not part of a Lineup model and would be lost; choose "
      "another output directory or empty this one"));
}

// OK if the directory is empty or holds nothing but a model of ours.
// `shown` is how the user wrote it.
absl::Status CheckContents(const std::string& directory,
                           const std::string& shown) {
  LINEUP_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                          NamesIn(directory));
  bool ours = false;
  for (const std::string& name : names) {
    if (name == kModelJsonName) {
      ours = IsModelJson(absl::StrCat(directory, "/", name));
    } else if (name != kModelArchiveName) {
      return Occupied(shown, name);
    }
  }
  if (names.empty() || ours) return absl::OkStatus();
  return Occupied(shown, names.front());
}

void RemoveModel(const std::string& directory) {
  unlink(absl::StrCat(directory, "/", kModelJsonName).c_str());
  unlink(absl::StrCat(directory, "/", kModelArchiveName).c_str());
  rmdir(directory.c_str());
}

// A new, empty, hidden directory beside `target`, on the same file system.
absl::StatusOr<std::string> CreateBeside(const std::string& target) {
  constexpr int kAttempts = 1000;
  const PathParts parts = Split(target);
  std::string path;
  for (int i = 0; i < kAttempts; ++i) {
    path =
        absl::StrCat(parts.parent, "/.", parts.name, ".new-", getpid(), "-", i);
    if (mkdir(path.c_str(), 0777) == 0) return path;
    if (errno != EEXIST) break;
  }
  return FileError(errno, "create directory", path);
}

// Puts `fresh` under the name `target`. Afterwards `fresh` is the earlier
// directory, or absent if there was none.
absl::Status SwapIn(const std::string& fresh, const std::string& target) {
  if (KindOf(target) == PathKind::kAbsent) {
    if (rename(fresh.c_str(), target.c_str()) == 0) return absl::OkStatus();
    return FileError(errno, "create", target);
  }
  if (renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(),
                RENAME_EXCHANGE) == 0) {
    return absl::OkStatus();
  }
  if (errno != EINVAL && errno != ENOSYS) {
    return FileError(errno, "replace", target);
  }
  // A file system without exchange (some network ones): two renames.
  const std::string aside = fresh + ".old";
  if (rename(target.c_str(), aside.c_str()) != 0) {
    return FileError(errno, "replace", target);
  }
  if (rename(fresh.c_str(), target.c_str()) != 0) {
    const int error = errno;
    rename(aside.c_str(), target.c_str());
    return FileError(error, "replace", target);
  }
  if (rename(aside.c_str(), fresh.c_str()) != 0) {
    return FileError(errno, "rename", aside);
  }
  return absl::OkStatus();
}

absl::Status WriteArchive(const std::string& directory,
                          BackgroundArchive* archive) {
  const absl::StatusOr<std::string>& bytes = archive->Wait();
  LINEUP_RETURN_IF_ERROR(bytes.status());
  return AtomicWriteFile(absl::StrCat(directory, "/", kModelArchiveName),
                         *bytes);
}

absl::Status WriteJson(const std::string& directory,
                       const ModelDocument& document,
                       const LinearModel& model) {
  LINEUP_ASSIGN_OR_RETURN(
      AtomicFile file,
      AtomicFile::Create(absl::StrCat(directory, "/", kModelJsonName)));
  LINEUP_RETURN_IF_ERROR(WriteModelJson(
      document, model,
      [&file](absl::string_view piece) { return file.Append(piece); }));
  return file.Commit();
}

absl::StatusOr<LinearModel> ReadArchive(const std::string& path) {
  LINEUP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return ParseModelArchive(bytes, path);
}

// A large model's weights are in the archive beside its model.json.
absl::Status CompleteFromArchive(const std::string& archive,
                                 LinearModel* model) {
  LINEUP_ASSIGN_OR_RETURN(LinearModel complete, ReadArchive(archive));
  if (complete.num_features != model->num_features ||
      complete.num_classes != model->num_classes) {
    return absl::InvalidArgumentError(absl::StrCat(
        archive, ": holds weights of ", complete.num_features, " features and ",
        complete.num_classes, " outputs, but the ", kModelJsonName,
        " beside it says ", model->num_features, " and ", model->num_classes,
        "; the two are of different models"));
  }
  model->weights = std::move(complete.weights);
  return CheckConsistent(*model);
}

absl::StatusOr<ModelFile> ReadModelFile(const std::string& path) {
  LINEUP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (bytes.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": the file is empty, expected a model"));
  }
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(bytes);
  if (!absl::StartsWith(text, "{")) {
    LINEUP_ASSIGN_OR_RETURN(LinearModel model, ParseModelArchive(bytes, path));
    return ModelFile{std::move(model), std::nullopt};
  }
  LINEUP_ASSIGN_OR_RETURN(ModelFile file, ParseModelJson(bytes, path));
  if (file.model.weights.empty() && file.model.num_features > 0) {
    LINEUP_RETURN_IF_ERROR(CompleteFromArchive(
        absl::StrCat(Split(path).parent, "/", kModelArchiveName), &file.model));
  }
  return file;
}

}  // namespace

absl::Status CheckModelDirectoryWritable(const std::string& directory) {
  if (directory.empty()) {
    return absl::InvalidArgumentError(
        "the output directory's name is empty; name one with --output");
  }
  const std::string target = Resolve(directory);
  if (target == "/" || KindOf(target) == PathKind::kOther) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, ": is ", target == "/" ? "the root directory" : "a file",
        "; name a directory for the model"));
  }
  if (KindOf(target) == PathKind::kDirectory) {
    LINEUP_RETURN_IF_ERROR(CheckContents(target, directory));
  }
  LINEUP_RETURN_IF_ERROR(CreateDirectories(Split(target).parent));
  LINEUP_ASSIGN_OR_RETURN(const std::string probe, CreateBeside(target));
  rmdir(probe.c_str());
  return absl::OkStatus();
}

absl::Status WriteModelDirectory(const std::string& directory,
                                 const ModelDocument& document,
                                 const LinearModel& model) {
  BackgroundArchive archive(&model);
  return WriteModelDirectory(directory, document, model, &archive);
}

absl::Status WriteModelDirectory(const std::string& directory,
                                 const ModelDocument& document,
                                 const LinearModel& model,
                                 BackgroundArchive* archive) {
  LINEUP_RETURN_IF_ERROR(CheckConsistent(model));
  LINEUP_RETURN_IF_ERROR(CheckModelDirectoryWritable(directory));
  const std::string target = Resolve(directory);
  LINEUP_ASSIGN_OR_RETURN(const std::string fresh, CreateBeside(target));
  const absl::Cleanup remove = [&fresh] { RemoveModel(fresh); };
  // The two files of a wide model take about as long each, to make and to sync.
  std::array<absl::Status, 2> written;
  ThreadPool(2).ParallelFor(2, [&](size_t file) {
    written[file] = file == 0 ? WriteArchive(fresh, archive)
                              : WriteJson(fresh, document, model);
  });
  for (const absl::Status& status : written) LINEUP_RETURN_IF_ERROR(status);
  LINEUP_RETURN_IF_ERROR(SwapIn(fresh, target));
  return SyncDirectory(Split(target).parent);
}

absl::StatusOr<ModelFile> ReadModel(const std::string& path) {
  if (KindOf(path) != PathKind::kDirectory) return ReadModelFile(path);
  for (const char* name : {kModelJsonName, kModelArchiveName}) {
    const std::string file = absl::StrCat(path, "/", name);
    if (KindOf(file) != PathKind::kAbsent) return ReadModelFile(file);
  }
  return absl::NotFoundError(
      absl::StrCat(path, ": the directory holds neither ", kModelJsonName,
                   " nor ", kModelArchiveName,
                   "; name the directory that was given to lineup train "
                   "as --output"));
}

}  // namespace lineup
