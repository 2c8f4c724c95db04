#include "coordinator/task_table.h"

#include <map>
#include <string>

namespace lineup {

void TaskTable::Begin(std::vector<v1::Task> tasks) {
  tasks_.clear();
  done_ = 0;
  for (v1::Task& task : tasks) {
    task.set_id(++last_id_);
    tasks_.push_back({std::move(task)});
  }
}

void TaskTable::Assign(absl::Span<const std::string> workers) {
  if (workers.empty()) return;
  std::map<std::string, size_t> load;
  for (const std::string& worker : workers) load[worker] = 0;
  for (const Entry& entry : tasks_) {
    const auto holder = load.find(entry.holder);
    if (!entry.done && holder != load.end()) ++holder->second;
  }
  // Round by round, so that few tasks are spread over all workers.
  for (size_t room = 1; room <= kTasksPerWorker; ++room) {
    for (auto& [worker, tasks] : load) {
      if (tasks >= room) continue;
      Entry* const entry = FreeTaskFor(worker, load);
      if (entry == nullptr) continue;
      entry->holder = worker;
      ++tasks;
      for (const uint32_t split : entry->task.splits()) {
        readers_.Note(entry->task.data(), split, worker);
      }
    }
  }
}

const std::string* TaskTable::ReaderOf(const v1::Task& task) const {
  return task.splits().empty() ? nullptr
                               : readers_.Of(task.data(), task.splits(0));
}

TaskTable::Entry* TaskTable::FreeTaskFor(
    const std::string& worker, const std::map<std::string, size_t>& load) {
  Entry* unread = nullptr;
  Entry* read_by_another = nullptr;
  std::map<std::string, size_t> tasks_of;  // that others have read and may do
  for (Entry& entry : tasks_) {
    if (entry.done || !entry.holder.empty()) continue;
    const std::string* const reader = ReaderOf(entry.task);
    if (reader == nullptr || load.count(*reader) == 0) {
      if (unread == nullptr) unread = &entry;
    } else if (*reader == worker) {
      return &entry;
    } else if (++tasks_of[*reader] > kTasksPerWorker) {
      read_by_another = &entry;
    }
  }
  return unread != nullptr ? unread : read_by_another;
}

void TaskTable::OnGone(const std::string& worker) {
  for (Entry& entry : tasks_) {
    if (entry.holder == worker && !entry.done) entry.holder.clear();
  }
}

bool TaskTable::OnResult(uint64_t task, std::string result) {
  for (Entry& entry : tasks_) {
    if (entry.task.id() != task || entry.done) continue;
    entry.done = true;
    entry.result = std::move(result);
    ++done_;
    return true;
  }
  return false;
}

const v1::Task* TaskTable::Find(uint64_t task) const {
  for (const Entry& entry : tasks_) {
    if (entry.task.id() == task) return &entry.task;
  }
  return nullptr;
}

void TaskTable::AddOrders(const std::string& worker,
                          v1::WorkerOrders* orders) const {
  for (const Entry& entry : tasks_) {
    if (entry.holder == worker && !entry.done)
      *orders->add_tasks() = entry.task;
  }
}

}  // namespace lineup
