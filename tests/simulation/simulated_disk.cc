#include "tests/simulation/simulated_disk.h"

#include <errno.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"

namespace lineup::simulation {
namespace {

class MemoryReader final : public FileSystem::Reader {
 public:
  explicit MemoryReader(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  absl::Status ReadAt(uint64_t offset, char* out, size_t bytes) override {
    std::memcpy(out, bytes_.data() + offset, bytes);
    return absl::OkStatus();
  }

 private:
  const std::string bytes_;
};

// Whether `path` is a name in the directory itself.
bool IsIn(absl::string_view path, absl::string_view directory) {
  return path.size() > directory.size() + 1 &&
         absl::StartsWith(path, directory) && path[directory.size()] == '/' &&
         path.find('/', directory.size() + 1) == absl::string_view::npos;
}

}  // namespace

class SimulatedDisk::View::SimulatedWriter final : public FileSystem::Writer {
 public:
  SimulatedWriter(View* view, FilePtr file, std::string shown)
      : view_(*view), file_(std::move(file)), shown_(std::move(shown)) {}

  absl::Status Append(absl::string_view bytes) override {
    LINEUP_RETURN_IF_ERROR(view_.Change());
    if (view_.disk_.full_) return FileError(ENOSPC, "write", shown_);
    absl::StrAppend(&file_->bytes, bytes);
    return absl::OkStatus();
  }
  absl::Status Sync() override {
    LINEUP_RETURN_IF_ERROR(view_.Change());
    file_->flushed = file_->bytes.size();
    return absl::OkStatus();
  }

 private:
  View& view_;
  const FilePtr file_;
  const std::string shown_;
};

std::unique_ptr<SimulatedDisk::View> SimulatedDisk::Mount(NodeId node) {
  return std::make_unique<View>(this, node);
}

void SimulatedDisk::SetName(const std::string& path, FilePtr file,
                            NodeId changer) {
  Name& name = names_[path];
  name.file = std::move(file);
  name.changer = changer;
}

void SimulatedDisk::LosePower(NodeId node) {
  for (auto& [path, name] : names_) {
    if (name.changer != node || name.file == name.flushed) continue;
    if (random_.Below(2) == 0) {
      name.file = name.flushed;
    } else {
      name.flushed = name.file;
    }
  }
  for (auto& [path, name] : names_) {
    if (name.file == nullptr || name.file->writer != node) continue;
    File& file = *name.file;
    const size_t lost = file.bytes.size() - file.flushed;
    if (lost > 0) file.bytes.resize(file.flushed + random_.Below(lost));
    file.flushed = file.bytes.size();
  }
}

void SimulatedDisk::View::DieAfter(int changes, std::function<void()> died) {
  changes_left_ = changes;
  died_ = std::move(died);
}

absl::Status SimulatedDisk::View::Change() {
  ++disk_.operations_;
  if (changes_left_ == 0 && !dead_) {
    dead_ = true;
    std::exchange(died_, nullptr)();
  }
  if (dead_) return absl::InternalError("the process is dead");
  if (changes_left_ > 0) --changes_left_;
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileSystem::Writer>> SimulatedDisk::View::Create(
    const std::string& path, const std::string& shown) {
  LINEUP_RETURN_IF_ERROR(Change());
  if (Exists(path)) return FileError(EEXIST, "create", path);
  auto file = std::make_shared<File>();
  file->writer = node_;
  disk_.SetName(path, file, node_);
  return std::make_unique<SimulatedWriter>(this, std::move(file), shown);
}

absl::StatusOr<std::unique_ptr<FileSystem::Reader>> SimulatedDisk::View::Open(
    const std::string& path) {
  const auto name = disk_.names_.find(path);
  if (name == disk_.names_.end() || name->second.file == nullptr) {
    return FileError(ENOENT, "open", path);
  }
  return std::make_unique<MemoryReader>(name->second.file->bytes);
}

absl::Status SimulatedDisk::View::Rename(const std::string& from,
                                         const std::string& to) {
  LINEUP_RETURN_IF_ERROR(Change());
  const FilePtr file = disk_.names_[from].file;
  if (file == nullptr) return FileError(ENOENT, "replace", to);
  disk_.SetName(to, file, node_);
  disk_.SetName(from, nullptr, node_);
  return absl::OkStatus();
}

absl::Status SimulatedDisk::View::SyncDirectory(const std::string& path) {
  LINEUP_RETURN_IF_ERROR(Change());
  for (auto& [name_path, name] : disk_.names_) {
    if (IsIn(name_path, path)) name.flushed = name.file;
  }
  return absl::OkStatus();
}

absl::Status SimulatedDisk::View::CreateDirectories(const std::string& path) {
  LINEUP_RETURN_IF_ERROR(Change());
  for (size_t end = path.size(); end != std::string::npos && end > 0;
       end = path.rfind('/', end - 1)) {
    disk_.directories_.insert(path.substr(0, end));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SimulatedDisk::View::List(
    const std::string& path) {
  if (!IsDirectory(path)) return FileError(ENOENT, "list", path);
  std::vector<std::string> names;
  for (const auto& [name_path, name] : disk_.names_) {
    if (name.file != nullptr && IsIn(name_path, path)) {
      names.push_back(name_path.substr(path.size() + 1));
    }
  }
  for (const std::string& directory : disk_.directories_) {
    if (IsIn(directory, path)) {
      names.push_back(directory.substr(path.size() + 1));
    }
  }
  return names;
}

absl::Status SimulatedDisk::View::Remove(const std::string& path) {
  if (!Exists(path)) return absl::OkStatus();
  LINEUP_RETURN_IF_ERROR(Change());
  const std::string below = path + "/";
  for (auto& [name_path, name] : disk_.names_) {
    if (name_path == path || absl::StartsWith(name_path, below)) {
      disk_.SetName(name_path, nullptr, node_);
    }
  }
  for (auto it = disk_.directories_.begin(); it != disk_.directories_.end();) {
    it = *it == path || absl::StartsWith(*it, below)
             ? disk_.directories_.erase(it)
             : std::next(it);
  }
  return absl::OkStatus();
}

bool SimulatedDisk::View::Exists(const std::string& path) {
  const auto name = disk_.names_.find(path);
  return (name != disk_.names_.end() && name->second.file != nullptr) ||
         IsDirectory(path);
}

bool SimulatedDisk::View::IsDirectory(const std::string& path) {
  return disk_.directories_.count(path) > 0;
}

}  // namespace lineup::simulation
