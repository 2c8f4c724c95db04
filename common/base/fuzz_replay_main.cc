// Runs a fuzz target without a fuzzing engine: on each file named on the
// command line, on the empty input, and on a fixed set of mutations of those.
// So every parser meets damaged input in every test run; libFuzzer searches
// further (--config=fuzz, see docs/testing.md).
//
// A finding is a crash, as under libFuzzer. The input at fault is then the
// last one that the log names, and can be made again from that line.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/files.h"
#include "common/base/random.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace lineup {
namespace {

constexpr int kMutationsPerInput = 1000;
constexpr int kMaxEditsPerMutation = 4;

void RunOne(const std::string& input) {
  // A block of exactly this size, so that reading beyond it is found.
  const std::vector<uint8_t> copy(input.begin(), input.end());
  LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

// Applies one random edit: cut off, flip, overwrite, insert, repeat, erase.
void Edit(std::string& bytes, SplitMix64& random) {
  const size_t at = random.Below(bytes.size() + 1);
  const size_t length =
      random.Below(std::min<size_t>(bytes.size() - at, 16) + 1);
  const char byte = static_cast<char>(random());
  switch (random.Below(6)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      if (at < bytes.size())
        bytes[at] ^= static_cast<char>(1 << random.Below(8));
      break;
    case 2:
      if (at < bytes.size()) bytes[at] = byte;
      break;
    case 3:
      bytes.insert(at, 1, byte);
      break;
    case 4:
      bytes.insert(at, bytes.substr(at, length));
      break;
    default:
      bytes.erase(at, length);
  }
}

void RunMutations(const std::string& input, uint64_t seed) {
  for (int i = 0; i < kMutationsPerInput; ++i) {
    SplitMix64 random(HashMix(seed, i));
    std::string mutation = input;
    const uint64_t edits = 1 + random.Below(kMaxEditsPerMutation);
    for (uint64_t e = 0; e < edits; ++e) Edit(mutation, random);
    RunOne(mutation);
  }
}

int Replay(const std::vector<std::string>& paths) {
  RunOne("");
  for (size_t i = 0; i < paths.size(); ++i) {
    const absl::StatusOr<std::string> input = ReadFile(paths[i]);
    if (!input.ok()) {
      std::fprintf(stderr, "%s\n", input.status().ToString().c_str());
      return EXIT_FAILURE;
    }
    std::printf("%s and %d mutations of it\n", paths[i].c_str(),
                kMutationsPerInput);
    std::fflush(stdout);
    RunOne(*input);
    RunMutations(*input, i);
  }
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) {
  return lineup::Replay(std::vector<std::string>(argv + 1, argv + argc));
}
