#ifndef LINEUP_COMMON_JOB_ROUTING_H_
#define LINEUP_COMMON_JOB_ROUTING_H_

// What a placement of slots on servers (Routing in proto/node.proto) says.

#include "proto/node.pb.h"

namespace lineup {

// Whether the server at a position of `routing` answers for the slots there
// with the replica that it kept of a server that was lost.
inline bool TakenOver(const v1::Routing& routing, int position) {
  return position < routing.taken_over_size() && routing.taken_over(position);
}

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_ROUTING_H_
