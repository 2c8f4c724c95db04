#ifndef LINEUP_COMMON_BASE_THREAD_POOL_H_
#define LINEUP_COMMON_BASE_THREAD_POOL_H_

// A fixed set of threads for short parallel loops and for background tasks.
//
//   ThreadPool pool(2);
//   pool.ParallelFor(num_blocks, [&](size_t block) { Compute(block); });
//
// ParallelFor() is made for the inner loop of training, which calls it
// thousands of times a second: a loop costs about a microsecond while the
// threads are busy with such loops, and tens of microseconds when they have
// gone to sleep (common/base/thread_pool_benchmark). To that end the calling
// thread takes part, the indices are handed out by one atomic counter, and a
// thread without work looks out for some 50 µs before it sleeps.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/base/mutex.h"

namespace lineup {

// Thread-safe. Functions given to it must not throw.
class ThreadPool {
 public:
  // Loops run on `threads` threads, of which one is the caller; at least 1.
  explicit ThreadPool(int threads);

  // Waits for every scheduled task. No loop may be running.
  ~ThreadPool();

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Calls function(i) once for each i in 0 … n − 1 and returns when all calls
  // have returned; what they wrote is visible to the caller. Which thread
  // takes which index, and in what order, is left open, so give it blocks of
  // work, and write results by index. Called while another loop runs (from
  // another thread or from within a loop), it runs in the calling thread.
  void ParallelFor(size_t n, absl::FunctionRef<void(size_t)> function);

  // Runs `task` in the background, after those scheduled before it have
  // started. Tasks share the threads with loops, so a task that waits long
  // makes loops slower, and one that waits for a later task may wait for ever.
  void Schedule(std::function<void()> task);

 private:
  void RunWorker();
  // Looks out for work for a while; false if none came.
  bool SpinForWork(uint64_t last_loop) const;
  void SleepUntilWork(uint64_t last_loop);
  bool HasWork(uint64_t last_loop) const;
  // Takes part in the loop that is open, unless it is `last_loop`.
  void JoinLoop(uint64_t& last_loop);
  void RunIndices();
  void RunTask();
  void OpenLoop(size_t n, const absl::FunctionRef<void(size_t)>& function);
  void CloseLoop();

  const int threads_;
  const bool may_spin_;

  // Held by the thread whose loop the threads are working on.
  Mutex loop_mutex_;

  // The loop's number, whether threads may join it, and how many have joined
  // and not yet left. See thread_pool.cc.
  alignas(64) std::atomic<uint64_t> gate_{0};
  // Written before the gate opens, read by those who have passed it.
  const absl::FunctionRef<void(size_t)>* function_ = nullptr;
  size_t size_ = 0;
  alignas(64) std::atomic<size_t> next_index_{0};

  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<size_t> num_tasks_{0};
  std::atomic<bool> stopping_{false};

  Mutex mutex_;
  CondVar work_;       // wakes workers
  CondVar loop_done_;  // wakes the caller of ParallelFor()
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);

  std::vector<std::thread> workers_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_THREAD_POOL_H_
