#ifndef LINEUP_COMMON_RPC_PROTOCOL_H_
#define LINEUP_COMMON_RPC_PROTOCOL_H_

// The version of everything in proto/. It grows with each change that a
// process of the version before would not understand; processes of one cluster
// must have the same.

#include <cstdint>

namespace lineup {

inline constexpr uint32_t kProtocolVersion = 6;

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_PROTOCOL_H_
