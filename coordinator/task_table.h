// Pieces of work that any worker can do and that are done once each: reading a
// part of the sample, scoring a split. Results are taken in the order of the
// tasks, so what is merged from them does not depend on who did what when.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_TASK_TABLE_H_
#define LINEUP_COORDINATOR_TASK_TABLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "coordinator/split_readers.h"
#include "proto/node.pb.h"

namespace lineup {

class TaskTable {
 public:
  // Tasks that a worker has at a time: enough to keep its threads busy between
  // two reports.
  static constexpr size_t kTasksPerWorker = 4;

  // `readers` must outlive the table. Ids are above `last_id`.
  explicit TaskTable(SplitReaders* readers, uint64_t last_id = 0)
      : readers_(*readers), last_id_(last_id) {}

  // Replaces all tasks. Their ids are set here, and never used again.
  void Begin(std::vector<v1::Task> tasks);

  // Gives tasks that nobody has to workers that have room, those first whose
  // split the worker has read before and may still have in memory.
  void Assign(absl::Span<const std::string> workers);

  // The worker has ended, or leaves: others get its tasks.
  void OnGone(const std::string& worker);

  // A good result; false if the task is not (any more) one that is waited for.
  bool OnResult(uint64_t task, std::string result);

  // The task with this id, or null.
  const v1::Task* Find(uint64_t task) const;

  bool all_done() const { return done_ == tasks_.size(); }
  size_t num_done() const { return done_; }
  size_t size() const { return tasks_.size(); }

  // In the order of Begin.
  const v1::Task& task(size_t i) const { return tasks_[i].task; }
  bool done(size_t i) const { return tasks_[i].done; }
  const std::string& result(size_t i) const { return tasks_[i].result; }
  // Of one that is done; the table does not keep it.
  std::string TakeResult(size_t i) { return std::move(tasks_[i].result); }

  void AddOrders(const std::string& worker, v1::WorkerOrders* orders) const;

 private:
  struct Entry {
    v1::Task task;
    std::string holder;
    bool done = false;
    std::string result;
  };
  // Who has read the task's split last; null: nobody, or it has none.
  const std::string* ReaderOf(const v1::Task& task) const;
  // The free task that is best done by this worker, or null: the first whose
  // split it has read, else the first that nobody of `load` (the workers) has,
  // else the last of one that has more than it will begin with next.
  Entry* FreeTaskFor(const std::string& worker,
                     const std::map<std::string, size_t>& load);

  SplitReaders& readers_;
  std::vector<Entry> tasks_;
  size_t done_ = 0;
  uint64_t last_id_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_TASK_TABLE_H_
