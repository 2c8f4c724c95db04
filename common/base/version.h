#ifndef LINEUP_COMMON_BASE_VERSION_H_
#define LINEUP_COMMON_BASE_VERSION_H_

namespace lineup {

// The version of Lineup.
inline constexpr char kLineupVersion[] = "0.1.0";

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_VERSION_H_
