#ifndef LINEUP_COMMON_RPC_PARAMETER_METHODS_H_
#define LINEUP_COMMON_RPC_PARAMETER_METHODS_H_

// The names by which methods of proto/parameter_server.proto are called raw, or
// over a stream.

namespace lineup {

inline constexpr char kPullMethod[] = "/lineup.v1.ParameterServer/Pull";
inline constexpr char kPushMethod[] = "/lineup.v1.ParameterServer/Push";
inline constexpr char kFinishLaneMethod[] =
    "/lineup.v1.ParameterServer/FinishLane";
inline constexpr char kStreamMethod[] = "/lineup.v1.ParameterServer/Stream";
inline constexpr char kPeekMethod[] = "/lineup.v1.ParameterServer/Peek";
inline constexpr char kReadSlotsMethod[] =
    "/lineup.v1.ParameterServer/ReadSlots";
inline constexpr char kGetStatusMethod[] =
    "/lineup.v1.ParameterServer/GetStatus";

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_PARAMETER_METHODS_H_
