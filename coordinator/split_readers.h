// Who has read which split of a job's data last, and so may still have it
// parsed in memory: work on the split is best given to the same worker.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_SPLIT_READERS_H_
#define LINEUP_COORDINATOR_SPLIT_READERS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "proto/node.pb.h"

namespace lineup {

class SplitReaders {
 public:
  void Note(v1::DataPart part, uint32_t split, const std::string& worker) {
    readers_[{part, split}] = worker;
  }

  // Null: nobody has read it.
  const std::string* Of(v1::DataPart part, uint32_t split) const {
    const auto reader = readers_.find({part, split});
    return reader == readers_.end() ? nullptr : &reader->second;
  }

 private:
  std::map<std::pair<v1::DataPart, uint32_t>, std::string> readers_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_SPLIT_READERS_H_
