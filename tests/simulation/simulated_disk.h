// A disk that all nodes share, and that loses in a crash of a machine what the
// machine has not flushed: the bytes of files, in whole or in part, and, each
// by chance, the names that were given or taken in directories.
//
// One thread.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_DISK_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_DISK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/base/file_system.h"
#include "common/base/random.h"
#include "tests/simulation/event_queue.h"

namespace lineup::simulation {

class SimulatedDisk {
 public:
  explicit SimulatedDisk(uint64_t seed) : random_(seed) {}

  // The disk as a node sees it, for as long as the node lives.
  class View;
  std::unique_ptr<View> Mount(NodeId node);

  // The node's machine loses its power.
  void LosePower(NodeId node);
  // From now on there is, or is no, space.
  void SetFull(bool full) { full_ = full; }

  uint64_t operations() const { return operations_; }

 private:
  struct File {
    NodeId writer;
    std::string bytes;
    size_t flushed = 0;  // so many of them
  };
  using FilePtr = std::shared_ptr<File>;
  struct Name {
    FilePtr file;     // as the nodes see it; null: there is none
    FilePtr flushed;  // what the disk has
    NodeId changer = kNobody;
  };

  void SetName(const std::string& path, FilePtr file, NodeId changer);

  SplitMix64 random_;
  std::map<std::string, Name> names_;
  std::set<std::string> directories_;
  bool full_ = false;
  uint64_t operations_ = 0;
};

class SimulatedDisk::View final : public FileSystem {
 public:
  View(SimulatedDisk* disk, NodeId node) : disk_(*disk), node_(node) {}

  // After so many operations that change something, the process dies in the
  // midst of one: `died` is called, and nothing it does has an effect any more.
  void DieAfter(int changes, std::function<void()> died);

  absl::StatusOr<std::unique_ptr<Writer>> Create(
      const std::string& path, const std::string& shown) override;
  absl::StatusOr<std::unique_ptr<Reader>> Open(
      const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status SyncDirectory(const std::string& path) override;
  absl::Status CreateDirectories(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(
      const std::string& path) override;
  absl::Status Remove(const std::string& path) override;
  bool Exists(const std::string& path) override;
  bool IsDirectory(const std::string& path) override;

 private:
  class SimulatedWriter;

  // Before a change: an error if the process is dead.
  absl::Status Change();

  SimulatedDisk& disk_;
  const NodeId node_;
  int changes_left_ = -1;  // -1: any number
  bool dead_ = false;
  std::function<void()> died_;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_DISK_H_
