#ifndef LINEUP_COMMON_BASE_FAILPOINT_H_
#define LINEUP_COMMON_BASE_FAILPOINT_H_

// Places in the program where a test can let it fail: end at once, as with
// kill -9, stand still for a while, or see an error.
//
//   LINEUP_RETURN_IF_ERROR(Failpoint("export.before"));
//
// Which ones there are is listed in failpoint.cc. The flag --failpoint of
// `lineup coordinator`, `server` and `worker` arms them:
//
//   --failpoint export.before:kill          the first time that it is passed
//   --failpoint apply.after=20:kill         the 20th time
//   --failpoint journal.write.before=9:error    the 9th time an error, once
//   --failpoint acknowledge.before=5:delay=300  from the 5th time on, 300 ms
//
// They are the process's, not an object's: what fails is the process. Until one
// is armed, passing a failpoint is a load of a constant.
//
// Thread-safe, but for ArmFailpoints.

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

// Before there are threads. INVALID_ARGUMENT for what is none of the above, or
// a name that there is not.
absl::Status ArmFailpoints(absl::Span<const std::string> texts);

namespace internal {
extern std::atomic<bool> failpoints_armed;
absl::Status PassFailpoint(absl::string_view name);
}  // namespace internal

// An error (INTERNAL) only if one is armed here.
inline absl::Status Failpoint(absl::string_view name) {
  return internal::failpoints_armed.load(std::memory_order_relaxed)
             ? internal::PassFailpoint(name)
             : absl::OkStatus();
}

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_FAILPOINT_H_
