#include "coordinator/task_table.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

std::vector<uint64_t> TasksOf(const TaskTable& table,
                              const std::string& worker) {
  v1::WorkerOrders orders;
  table.AddOrders(worker, &orders);
  std::vector<uint64_t> tasks;
  for (const v1::Task& task : orders.tasks()) tasks.push_back(task.id());
  return tasks;
}

TEST(TaskTableTest, FewTasksAreSpreadOverAllWorkers) {
  SplitReaders readers;
  TaskTable table(&readers);
  table.Begin(std::vector<v1::Task>(4));
  table.Assign({"a", "b"});
  EXPECT_EQ(TasksOf(table, "a").size(), 2u);
  EXPECT_EQ(TasksOf(table, "b").size(), 2u);
}

TEST(TaskTableTest, EachTaskIsDoneOnceThoughAWorkerVanishes) {
  SplitReaders readers;
  TaskTable table(&readers);
  table.Begin(std::vector<v1::Task>(10));
  table.Assign({"a", "b"});
  const std::vector<uint64_t> of_a = TasksOf(table, "a");
  ASSERT_EQ(of_a.size(), TaskTable::kTasksPerWorker);
  EXPECT_TRUE(table.OnResult(of_a[0], "first"));
  EXPECT_FALSE(table.OnResult(of_a[0], "again"));
  table.OnGone("a");
  int rounds = 0;
  while (!table.all_done()) {
    ASSERT_LT(++rounds, 10);
    table.Assign({"b"});
    for (const uint64_t task : TasksOf(table, "b")) {
      EXPECT_TRUE(table.OnResult(task, std::to_string(task)));
    }
  }
  EXPECT_EQ(table.num_done(), 10u);
  for (size_t i = 0; i < table.size(); ++i) {
    const uint64_t id = table.task(i).id();
    EXPECT_EQ(table.result(i), id == of_a[0] ? "first" : std::to_string(id));
  }
}

TEST(TaskTableTest, WorkersGetSplitsThatTheyHaveRead) {
  SplitReaders readers;
  TaskTable table(&readers);
  std::vector<v1::Task> tasks(4);
  for (uint32_t split = 0; split < 4; ++split) {
    tasks[split].set_data(v1::DATA_PART_VALIDATION);
    tasks[split].add_splits(split);
    readers.Note(v1::DATA_PART_VALIDATION, split, split < 2 ? "b" : "a");
  }
  table.Begin(tasks);
  table.Assign({"a", "b"});
  const auto splits_of = [&](const std::string& worker) {
    v1::WorkerOrders orders;
    table.AddOrders(worker, &orders);
    std::vector<uint32_t> splits;
    for (const v1::Task& task : orders.tasks()) {
      splits.push_back(task.splits(0));
    }
    return splits;
  };
  EXPECT_EQ(splits_of("a"), (std::vector<uint32_t>{2, 3}));
  EXPECT_EQ(splits_of("b"), (std::vector<uint32_t>{0, 1}));
  // Once b is gone, they are anybody's.
  table.OnGone("b");
  table.Assign({"a"});
  EXPECT_EQ(splits_of("a"), (std::vector<uint32_t>{0, 1, 2, 3}));
}

TEST(TaskTableTest, AWorkerFarBehindIsHelped) {
  SplitReaders readers;
  TaskTable table(&readers);
  std::vector<v1::Task> tasks(10);
  for (uint32_t split = 0; split < 10; ++split) {
    tasks[split].add_splits(split);
    readers.Note(v1::DATA_PART_UNSPECIFIED, split, "b");
  }
  table.Begin(tasks);
  table.Assign({"a", "b"});
  // In turn: a takes one as long as b has more than its next four left.
  EXPECT_EQ(TasksOf(table, "b").size(), TaskTable::kTasksPerWorker);
  EXPECT_EQ(TasksOf(table, "a").size(), 3);
}

TEST(TaskTableTest, ResultsOfEarlierTasksAreNotTaken) {
  SplitReaders readers;
  TaskTable table(&readers);
  table.Begin(std::vector<v1::Task>(1));
  const uint64_t old = table.task(0).id();
  table.Begin(std::vector<v1::Task>(1));
  EXPECT_NE(table.task(0).id(), old);
  EXPECT_FALSE(table.OnResult(old, "late"));
  EXPECT_EQ(table.Find(old), nullptr);
}

}  // namespace
}  // namespace lineup
