// A table cut in several files, so that several lanes have something to read.

#ifndef LINEUP_TESTS_SPLIT_FILES_H_
#define LINEUP_TESTS_SPLIT_FILES_H_

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {

// Deals the lines of `table` out to `files` files of the new directory `name`
// in the test's own, one by one; `header`: the first line goes into each.
// Gives the directory.
inline std::string SplitFiles(const std::string& table, bool header, int files,
                              const std::string& name) {
  const std::string directory = testing::TempDir() + "/" + name;
  std::filesystem::create_directories(directory);
  std::ifstream in(table);
  std::string line;
  std::vector<std::ofstream> out(files);
  if (header) std::getline(in, line);
  for (int f = 0; f < files; ++f) {
    out[f].open(directory + "/part-" + std::to_string(100 + f) +
                std::filesystem::path(table).extension().string());
    if (header) out[f] << line << "\n";
  }
  for (int i = 0; std::getline(in, line); ++i) out[i % files] << line << "\n";
  return directory;
}

}  // namespace lineup

#endif  // LINEUP_TESTS_SPLIT_FILES_H_
