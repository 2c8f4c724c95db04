#include "common/base/scheduling.h"

#include <sched.h>

namespace lineup {

bool PreferThroughput() {
#ifdef SCHED_BATCH
  if (sched_getscheduler(0) != SCHED_OTHER) return false;
  const sched_param parameters{};
  return sched_setscheduler(0, SCHED_BATCH, &parameters) == 0;
#else
  return false;
#endif
}

}  // namespace lineup
