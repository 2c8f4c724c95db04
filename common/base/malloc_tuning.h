#ifndef LINEUP_COMMON_BASE_MALLOC_TUNING_H_
#define LINEUP_COMMON_BASE_MALLOC_TUNING_H_

// Makes the C library keep the memory of large buffers.
//
// By default glibc takes each block above 128 KiB (32 MiB at most, as it
// adapts) from the kernel and gives it back when it is freed. A process that
// moves megabyte messages then pays for the kernel's zeroing and page faults
// on every one: that costs more than gRPC and Protocol Buffers together
// (docs/protocol.md has the measurement). With this setting blocks come from
// the heap, whose pages are there already.

namespace lineup {

// Call it first thing in main(). The price: memory that was needed once stays
// with the process. Returns false where the C library has no such setting, or
// refuses it; nothing else depends on it.
bool KeepFreedMemory();

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_MALLOC_TUNING_H_
