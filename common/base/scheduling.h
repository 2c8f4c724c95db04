#ifndef LINEUP_COMMON_BASE_SCHEDULING_H_
#define LINEUP_COMMON_BASE_SCHEDULING_H_

// Asks the kernel for throughput.
//
// Where the processes of a cluster share processors, each message wakes a
// thread that by default takes the processor from one that computes, which then
// comes back to cold caches. Whoever was woken may as well wait until another
// waits, too, or has used up its time slice. That saves a tenth of a job's time
// where five processes share two processors (docs/cluster.md), and changes
// nothing where processors are free.

namespace lineup {

// Makes the calling thread, and those that it starts from now on, batch work
// (SCHED_BATCH, sched(7)): call it first thing in main(). They get their share
// of the processors, as before. Returns false, and changes nothing, where the
// kernel knows no such thing, or somebody has chosen another policy.
bool PreferThroughput();

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_SCHEDULING_H_
