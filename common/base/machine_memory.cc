#include "common/base/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace lineup {

uint64_t MachineMemoryBytes() {
  uint64_t bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                   static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  // Of version 2 and of version 1; a container sees its own there. "max", or a
  // number beyond all memory, means no limit.
  for (const char* file : {"/sys/fs/cgroup/memory.max",
                           "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    uint64_t limit = 0;
    if (std::ifstream(file) >> limit && limit > 0) {
      bytes = std::min(bytes, limit);
    }
  }
  return bytes;
}

}  // namespace lineup
