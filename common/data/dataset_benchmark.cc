// Speed of reading data from files in the page cache to blocks of examples, in
// bytes of text for each second of processor time:
//
//   bazel run //common/data:dataset_benchmark
//
// With two threads each reads its own splits, as training does; the rate is
// that of both together.

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmark/benchmark.h"
#include "common/base/files.h"
#include "common/base/malloc_tuning.h"
#include "common/data/dataset.h"
#include "common/data/dataset_testing.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr size_t kFileBytes = 64 << 20;
constexpr size_t kDifferentBytes = 8 << 20;

// Made of copies of a shorter text, which is quicker.
std::string Repeated(const std::string& text) {
  std::string repeated;
  while (repeated.size() < kFileBytes) repeated += text;
  return repeated;
}

// A label and 100 numbers of four digits.
std::string CsvText() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string text;
  while (text.size() < kDifferentBytes) {
    absl::StrAppend(&text, random() % 2);
    for (int i = 0; i < 100; ++i) {
      absl::StrAppendFormat(&text, ",%.4g",
                            normal(random) * std::exp(i % 9 - 4));
    }
    text += '\n';
  }
  return Repeated(text);
}

// A label and some 40 of a million features, most of them frequent ones.
std::string LibsvmText() {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  std::string text;
  while (text.size() < kDifferentBytes) {
    absl::StrAppend(&text, random() % 2);
    uint64_t id = 1;
    for (int i = 0; i < 40 && id < 1000000; ++i) {
      absl::StrAppendFormat(&text, " %d:%.4g", id, uniform(random));
      id += 1 + static_cast<uint64_t>(id * uniform(random) * 0.7);
    }
    text += '\n';
  }
  return Repeated(text);
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& contents) {
    const char* const directory = std::getenv("TMPDIR");
    path_ = absl::StrCat(directory == nullptr ? "/tmp" : directory,
                         "/lineup_dataset_benchmark.", getpid());
    const absl::Status status = AtomicWriteFile(path_, contents);
    CHECK(status.ok()) << status;
  }
  ~TemporaryFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void Read(benchmark::State& state, std::string (*make_text)()) {
  // Made by the first thread; the others wait at the start of the loop.
  static TemporaryFile* file = nullptr;
  static Dataset* dataset = nullptr;
  if (state.thread_index() == 0) {
    file = new TemporaryFile(make_text());
    dataset = new Dataset(*Dataset::Open({file->path()}, DataOptions()));
  }
  uint64_t bytes = 0;
  for (auto _ : state) {
    for (size_t split = state.thread_index(); split < dataset->splits().size();
         split += state.threads()) {
      const absl::Status status = dataset->ReadSplit(
          split,
          [](const Examples& block) {
            benchmark::DoNotOptimize(block.values.data());
            return absl::OkStatus();
          },
          nullptr);
      CHECK(status.ok()) << status;
      bytes += dataset->splits()[split].estimated_bytes;
    }
  }
  state.SetBytesProcessed(bytes);
  if (state.thread_index() == 0) {
    delete dataset;
    delete file;
  }
}

void BM_Csv(benchmark::State& state) { Read(state, CsvText); }
BENCHMARK(BM_Csv)->Threads(1)->Threads(2);

void BM_Libsvm(benchmark::State& state) { Read(state, LibsvmText); }
BENCHMARK(BM_Libsvm)->Threads(1)->Threads(2);

void BM_CsvGzip(benchmark::State& state) {
  Read(state, [] { return GzipOf(CsvText()); });
}
BENCHMARK(BM_CsvGzip);

void BM_CsvZstd(benchmark::State& state) {
  Read(state, [] { return ZstdOf(CsvText()); });
}
BENCHMARK(BM_CsvZstd);

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) {
  lineup::KeepFreedMemory();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
