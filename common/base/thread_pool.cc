#include "common/base/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "glog/logging.h"

// The gate. ParallelFor() keeps its loop's description in the pool and must
// not return, nor describe another loop, while a worker may still read it.
// One atomic word decides that: the number of workers inside the loop, a bit
// that says whether more may enter, and the loop's number. A worker enters by
// raising the count of an open gate, in one compare-and-swap. The caller
// works too; when the indices are used up it closes the gate and waits only
// for the workers inside. One that wakes too late finds the gate closed and
// costs nobody anything.
//
// Sleeping. Whoever goes to sleep first says so (sleepers_, caller_sleeps_)
// and then looks once more; whoever brings news first publishes it and then
// looks for sleepers. All four steps are sequentially consistent, so at least
// one of the two sees the other.

namespace lineup {
namespace {

constexpr uint64_t kOpen = uint64_t{1} << 16;
constexpr uint64_t kInsideMask = kOpen - 1;
constexpr uint64_t kLoopUnit = uint64_t{1} << 17;

// About what it costs to sleep and be woken.
constexpr std::chrono::microseconds kSpinTime{50};
constexpr int kPausesPerLook = 8;
constexpr int kLooksPerTimeCheck = 8;

uint64_t LoopNumber(uint64_t gate) { return gate / kLoopUnit; }

void Pause() {
#if defined(__x86_64__)
  for (int i = 0; i < kPausesPerLook; ++i) __builtin_ia32_pause();
#endif
}

// Tests `condition` again and again until it holds (true) or the time for
// that is over (false).
template <typename Condition>
bool SpinUntil(bool may_spin, const Condition& condition) {
  if (condition()) return true;
  if (!may_spin) return false;
  const auto end = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < kLooksPerTimeCheck; ++i) {
      Pause();
      if (condition()) return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

ThreadPool::ThreadPool(int threads)
    : threads_(threads),
      // With more threads than processors, one that spins keeps another from
      // working.
      may_spin_(static_cast<unsigned>(threads) <=
                std::max(2u, std::thread::hardware_concurrency())) {
  CHECK_GE(threads, 1);
  CHECK_LT(static_cast<uint64_t>(threads), kInsideMask);
  // A pool for one thread still has one for tasks.
  const int workers = std::max(1, threads - 1);
  workers_.reserve(workers);
  for (int i = 0; i < workers; ++i) {
    workers_.emplace_back([this] { RunWorker(); });
  }
}

ThreadPool::~ThreadPool() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.SignalAll();
  }
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::ParallelFor(size_t n,
                             absl::FunctionRef<void(size_t)> function) {
  if (threads_ == 1 || n <= 1 || !loop_mutex_.TryLock()) {
    for (size_t i = 0; i < n; ++i) function(i);
    return;
  }
  OpenLoop(n, function);
  RunIndices();
  CloseLoop();
  loop_mutex_.Unlock();
}

void ThreadPool::OpenLoop(size_t n,
                          const absl::FunctionRef<void(size_t)>& function) {
  function_ = &function;
  size_ = n;
  next_index_.store(0, std::memory_order_relaxed);
  const uint64_t loop = LoopNumber(gate_.load(std::memory_order_relaxed)) + 1;
  gate_.store(loop * kLoopUnit | kOpen);
  if (sleepers_.load() > 0) {
    MutexLock lock(&mutex_);
    work_.SignalAll();
  }
}

void ThreadPool::RunIndices() {
  const absl::FunctionRef<void(size_t)> function = *function_;
  const size_t size = size_;
  for (size_t i = next_index_.fetch_add(1, std::memory_order_relaxed); i < size;
       i = next_index_.fetch_add(1, std::memory_order_relaxed)) {
    function(i);
  }
}

void ThreadPool::CloseLoop() {
  gate_.fetch_and(~kOpen);
  const auto all_left = [this] { return (gate_.load() & kInsideMask) == 0; };
  if (SpinUntil(may_spin_, all_left)) return;
  MutexLock lock(&mutex_);
  caller_sleeps_ = true;
  while (!all_left()) loop_done_.Wait(&mutex_);
  caller_sleeps_ = false;
}

void ThreadPool::JoinLoop(uint64_t& last_loop) {
  uint64_t gate = gate_.load();
  do {
    if ((gate & kOpen) == 0 || LoopNumber(gate) == last_loop) return;
  } while (!gate_.compare_exchange_weak(gate, gate + 1));
  last_loop = LoopNumber(gate);
  RunIndices();
  // From here on the loop's description may be gone.
  const bool is_last = (gate_.fetch_sub(1) & (kInsideMask | kOpen)) == 1;
  if (is_last && caller_sleeps_.load()) {
    MutexLock lock(&mutex_);
    loop_done_.Signal();
  }
}

void ThreadPool::Schedule(std::function<void()> task) {
  MutexLock lock(&mutex_);
  tasks_.push_back(std::move(task));
  num_tasks_.fetch_add(1);
  work_.Signal();
}

void ThreadPool::RunTask() {
  std::function<void()> task;
  {
    MutexLock lock(&mutex_);
    if (tasks_.empty()) return;
    task = std::move(tasks_.front());
    tasks_.pop_front();
    num_tasks_.fetch_sub(1);
  }
  task();
}

bool ThreadPool::HasWork(uint64_t last_loop) const {
  const uint64_t gate = gate_.load();
  const bool can_join = (gate & kOpen) != 0 && LoopNumber(gate) != last_loop;
  return can_join || num_tasks_.load() > 0 || stopping_.load();
}

bool ThreadPool::SpinForWork(uint64_t last_loop) const {
  return SpinUntil(may_spin_ && threads_ > 1,
                   [this, last_loop] { return HasWork(last_loop); });
}

void ThreadPool::SleepUntilWork(uint64_t last_loop) {
  MutexLock lock(&mutex_);
  sleepers_.fetch_add(1);
  while (!HasWork(last_loop)) work_.Wait(&mutex_);
  sleepers_.fetch_sub(1);
}

void ThreadPool::RunWorker() {
  uint64_t last_loop = 0;
  while (true) {
    if (!SpinForWork(last_loop)) SleepUntilWork(last_loop);
    JoinLoop(last_loop);
    if (num_tasks_.load() > 0) {
      RunTask();
    } else if (stopping_.load()) {
      return;
    }
  }
}

}  // namespace lineup
