// What a process uses of its machine, for the coordinator's list of nodes.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COMMON_RPC_PROCESS_LOAD_H_
#define LINEUP_COMMON_RPC_PROCESS_LOAD_H_

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>

#include "absl/time/time.h"

namespace lineup {

class ProcessLoad {
 public:
  // Processors in use since the last call.
  double CpuLoad(absl::Time now) {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const absl::Duration used = absl::DurationFromTimeval(usage.ru_utime) +
                                absl::DurationFromTimeval(usage.ru_stime);
    const absl::Duration passed = now - last_;
    const double load = passed > absl::ZeroDuration() && last_ != absl::Time()
                            ? absl::FDivDuration(used - used_, passed)
                            : 0;
    last_ = now;
    used_ = used;
    return load;
  }

  // In memory now.
  static uint64_t MemoryBytes() {
    std::ifstream file("/proc/self/statm");
    uint64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }

 private:
  absl::Time last_;
  absl::Duration used_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_PROCESS_LOAD_H_
