// What `lineup watch` draws: a job, its best candidates and the nodes, on one
// screen. It fits: no line is wider than the terminal, so none wraps, and there
// are no more of them than rows. What does not fit is counted.
//
// Thread safety: pure functions.

#ifndef LINEUP_CLI_WATCH_SCREEN_H_
#define LINEUP_CLI_WATCH_SCREEN_H_

#include <cstddef>
#include <string>
#include <vector>

#include "proto/jobs.pb.h"

namespace lineup {

struct WatchedCluster {
  v1::JobStatus job;
  v1::ListCandidatesResponse candidates;
  v1::ListNodesResponse nodes;
  // Why these are not the newest news; empty: they are.
  std::string trouble;
};

// Lines without newlines, at most `rows`, of at most `columns` characters.
std::vector<std::string> WatchScreen(const WatchedCluster& cluster,
                                     size_t columns, size_t rows);

// The same for a terminal: drawn over what is there, line by line, so that it
// does not flicker. The last row is left to the cursor.
std::string DrawWatchScreen(const WatchedCluster& cluster, size_t columns,
                            size_t rows);

}  // namespace lineup

#endif  // LINEUP_CLI_WATCH_SCREEN_H_
