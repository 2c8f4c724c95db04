#ifndef LINEUP_COMMON_BASE_MUTEX_H_
#define LINEUP_COMMON_BASE_MUTEX_H_

// The project's lock: Abseil's mutex, except under the thread sanitizer.
//
// Debian's Abseil is not built with the sanitizer, which therefore cannot see
// that its locks order accesses and would report races that are none. There
// the standard library's mutex serves, which the sanitizer knows. Both sides
// offer the same small interface; what is not offered here (conditions,
// reader locks) has not been needed.
//
//   class Counter {
//     void Add() { MutexLock lock(&mutex_); ++count_; changed_.SignalAll(); }
//     void WaitFor(int n) {
//       MutexLock lock(&mutex_);
//       while (count_ < n) changed_.Wait(&mutex_);
//     }
//     Mutex mutex_;
//     CondVar changed_;
//     int count_ ABSL_GUARDED_BY(mutex_) = 0;
//   };
//
// Clang checks the annotations: build with --config=clang.

#include "absl/base/config.h"
#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#ifdef ABSL_HAVE_THREAD_SANITIZER
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#else
#include "absl/synchronization/mutex.h"
#endif

namespace lineup {

// Not recursive. Neither copied nor moved.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

#ifdef ABSL_HAVE_THREAD_SANITIZER
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return mutex_.try_lock();
  }
  // Tells the compiler what it cannot see: in a callback, say.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}
#else
  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.Lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.Unlock(); }
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    return mutex_.TryLock();
  }
  // Tells the compiler what it cannot see: in a callback, say.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() { mutex_.AssertHeld(); }
#endif

 private:
  friend class CondVar;

#ifdef ABSL_HAVE_THREAD_SANITIZER
  std::mutex mutex_;
#else
  absl::Mutex mutex_;
#endif
};

// Holds a mutex for the length of a scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

// Lets a thread that holds a mutex wait until another one signals. A wait may
// also end without a signal, so callers test their condition in a loop.
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

#ifdef ABSL_HAVE_THREAD_SANITIZER
  void Wait(Mutex* mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // Returns true if the time ran out.
  bool WaitWithTimeout(Mutex* mutex, absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    // Longer waits would overflow the standard library's time.
    timeout = std::min(timeout, absl::Hours(24 * 365));
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    const std::cv_status status =
        condition_.wait_for(lock, absl::ToChronoNanoseconds(timeout));
    lock.release();
    return status == std::cv_status::timeout;
  }
  void Signal() { condition_.notify_one(); }
  void SignalAll() { condition_.notify_all(); }
#else
  void Wait(Mutex* mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    condition_.Wait(&mutex->mutex_);
  }
  // Returns true if the time ran out.
  bool WaitWithTimeout(Mutex* mutex, absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return condition_.WaitWithTimeout(&mutex->mutex_, timeout);
  }
  void Signal() { condition_.Signal(); }
  void SignalAll() { condition_.SignalAll(); }
#endif

 private:
#ifdef ABSL_HAVE_THREAD_SANITIZER
  std::condition_variable condition_;
#else
  absl::CondVar condition_;
#endif
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_MUTEX_H_
