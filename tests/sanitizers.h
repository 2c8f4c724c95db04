// Whether the build has a sanitizer, whose cost some bounds must allow for.

#ifndef LINEUP_TESTS_SANITIZERS_H_
#define LINEUP_TESTS_SANITIZERS_H_

namespace lineup {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

}  // namespace lineup

#endif  // LINEUP_TESTS_SANITIZERS_H_
