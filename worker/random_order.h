// A random order of many things, made quickly: the numbers 0 ... n - 1 in an
// order that a seed decides, each order equally likely, the same on every
// machine and in every release.
//
// Fisher and Yates's shuffle waits for memory at every step once the numbers
// outgrow the cache. So the numbers are first dealt out at random into piles
// that fit, in two sequential passes, and then each pile is shuffled: C. R.
// Rao, "Generation of random permutations of given number of elements using
// random sampling numbers", Sankhya A 23, 1961; M. Sandelius, "A simple
// randomization procedure", J. R. Stat. Soc. B 24, 1962.
//
// Thread safety: a pure function.

#ifndef LINEUP_WORKER_RANDOM_ORDER_H_
#define LINEUP_WORKER_RANDOM_ORDER_H_

#include <cstdint>
#include <vector>

namespace lineup {

std::vector<uint32_t> RandomOrder(uint32_t n, uint64_t seed);

}  // namespace lineup

#endif  // LINEUP_WORKER_RANDOM_ORDER_H_
