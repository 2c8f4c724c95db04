// Small sparse data that can be learnt, the same every time.

#ifndef LINEUP_TESTS_SPARSE_DATA_H_
#define LINEUP_TESTS_SPARSE_DATA_H_

#include <fstream>
#include <set>
#include <string>

#include "common/base/random.h"

namespace lineup {

// Writes `rows` examples of 500 features as LIBSVM text and gives the path.
inline std::string WriteSparseData(const std::string& path, int rows) {
  SplitMix64 random(5);
  std::ofstream file(path);
  for (int i = 0; i < rows; ++i) {
    std::set<uint64_t> ids;
    for (int j = 0; j < 12; ++j) {
      ids.insert(1 + random.Below(1 + random.Below(500)));
    }
    double score = 0;
    std::string line;
    for (const uint64_t id : ids) {
      score += id % 3 == 0 ? 1 : id % 3 == 1 ? -1 : 0;
      line += " " + std::to_string(id) + ":" +
              std::to_string(0.5 + random.Uniform());
    }
    file << (score + random.Uniform() > 0.5 ? 1 : 0) << line << "\n";
  }
  return path;
}

}  // namespace lineup

#endif  // LINEUP_TESTS_SPARSE_DATA_H_
