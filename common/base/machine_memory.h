#ifndef LINEUP_COMMON_BASE_MACHINE_MEMORY_H_
#define LINEUP_COMMON_BASE_MACHINE_MEMORY_H_

#include <cstdint>

namespace lineup {

// The memory that this process may at most have: the machine's, or what its
// control group (a container's limit) leaves of it.
uint64_t MachineMemoryBytes();

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_MACHINE_MEMORY_H_
