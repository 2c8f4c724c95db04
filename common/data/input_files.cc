#include "common/data/input_files.h"

#include <errno.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

bool IsHidden(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return !name.empty() && (name[0] == '.' || name[0] == '_');
}

absl::Status NothingFound(absl::string_view path, absl::string_view what) {
  return absl::NotFoundError(absl::StrCat(path, ": ", what));
}

InputFile RegularFile(const std::string& path, const struct stat& info) {
  return {path, static_cast<uint64_t>(info.st_size), false, ModifiedNs(info)};
}

class Lister {
 public:
  absl::Status Add(const std::string& path) {
    if (path == kStandardInput) {
      files_.push_back({path, 0, true});
      return absl::OkStatus();
    }
    struct stat info;
    if (stat(path.c_str(), &info) != 0) {
      const int error_number = errno;
      if (error_number == ENOENT && HasGlobCharacters(path)) {
        return AddGlob(path);
      }
      return FileError(error_number, "open", path);
    }
    if (S_ISDIR(info.st_mode)) return AddDirectory(path);
    return AddFile(path, info);
  }

  std::vector<InputFile> Take() { return std::move(files_); }

 private:
  static bool HasGlobCharacters(absl::string_view path) {
    return path.find_first_of("*?[") != path.npos;
  }

  absl::Status AddFile(const std::string& path, const struct stat& info) {
    if (S_ISREG(info.st_mode)) {
      if (info.st_size == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            path, ": the file is empty, expected data; check how it was made"));
      }
      files_.push_back(RegularFile(path, info));
    } else {
      files_.push_back({path, 0, true});
    }
    return absl::OkStatus();
  }

  absl::Status AddDirectory(const std::string& path) {
    namespace fs = std::filesystem;
    std::vector<InputFile> found;
    size_t passed_over = 0;
    std::error_code error;
    fs::recursive_directory_iterator at(
        path, fs::directory_options::follow_directory_symlink, error);
    const fs::recursive_directory_iterator end;
    for (; !error && at != end; at.increment(error)) {
      struct stat info;
      if (IsHidden(at->path())) {
        if (at->is_directory(error)) at.disable_recursion_pending();
        ++passed_over;
      } else if (stat(at->path().c_str(), &info) != 0) {
        return FileError(errno, "open", at->path().string());
      } else if (S_ISREG(info.st_mode) && info.st_size == 0) {
        ++passed_over;
      } else if (S_ISREG(info.st_mode)) {
        found.push_back(RegularFile(at->path().string(), info));
      }
    }
    if (error) return FileError(error.value(), "read directory", path);
    if (found.empty()) {
      return NothingFound(
          path,
          passed_over == 0
              ? "the directory is empty, expected data files in it or "
                "below it; check the path"
              : absl::StrCat("the directory has only hidden or empty files (",
                             passed_over,
                             " passed over), expected data files; names that "
                             "start with \".\" or \"_\" do not count"));
    }
    std::sort(
        found.begin(), found.end(),
        [](const InputFile& a, const InputFile& b) { return a.path < b.path; });
    files_.insert(files_.end(), found.begin(), found.end());
    return absl::OkStatus();
  }

  absl::Status AddGlob(const std::string& pattern) {
    glob_t matches = {};
    const int result = glob(pattern.c_str(), 0, nullptr, &matches);
    std::vector<std::string> paths;
    for (size_t i = 0; result == 0 && i < matches.gl_pathc; ++i) {
      paths.push_back(matches.gl_pathv[i]);
    }
    globfree(&matches);
    const size_t before = files_.size();
    for (const std::string& path : paths) {
      struct stat info;
      if (stat(path.c_str(), &info) != 0) {
        return FileError(errno, "open", path);
      }
      if (IsHidden(path)) continue;
      if (S_ISREG(info.st_mode) && info.st_size == 0) continue;
      LINEUP_RETURN_IF_ERROR(S_ISDIR(info.st_mode) ? AddDirectory(path)
                                                   : AddFile(path, info));
    }
    if (files_.size() > before) return absl::OkStatus();
    if (paths.empty()) {
      return NothingFound(pattern,
                          "no file has this name or matches it as a pattern; "
                          "check the path");
    }
    return NothingFound(
        pattern, absl::StrCat("only hidden or empty files match (",
                              paths.size(), " of them), expected data files"));
  }

  std::vector<InputFile> files_;
};

}  // namespace

absl::StatusOr<std::vector<InputFile>> ListInputFiles(
    absl::Span<const std::string> paths) {
  if (paths.empty()) {
    return absl::InvalidArgumentError(
        "no input was given; name files, directories or globs");
  }
  Lister lister;
  for (const std::string& path : paths) {
    LINEUP_RETURN_IF_ERROR(lister.Add(path));
  }
  return lister.Take();
}

}  // namespace lineup
