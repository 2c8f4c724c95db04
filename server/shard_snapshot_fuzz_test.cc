// Whatever bytes are read as a server's file of a checkpoint: they are refused
// or taken, and nothing breaks. To get beyond the checksums, which random
// changes never satisfy, the first byte says whether they are made right first.

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/checksum.h"
#include "common/base/thread_pool.h"
#include "server/shard_snapshot.h"

namespace lineup {
namespace {

constexpr size_t kStartBytes = 12;
constexpr size_t kHeadBytes = 16;
constexpr size_t kChecksumBytes = 8;

void CorrectChecksums(std::string* file) {
  size_t at = kStartBytes;
  while (at + kHeadBytes + kChecksumBytes <= file->size()) {
    uint64_t bytes;
    std::memcpy(&bytes, &(*file)[at + 8], sizeof(bytes));
    const size_t payload = at + kHeadBytes + kChecksumBytes;
    if (bytes > file->size() - payload) return;
    ChecksumStream stream;
    stream.Update({&(*file)[at], kHeadBytes});
    stream.Update({&(*file)[payload], bytes});
    const uint64_t checksum = stream.Digest();
    std::memcpy(&(*file)[at + kHeadBytes], &checksum, sizeof(checksum));
    at = payload + bytes;
  }
}

void Read(const std::string& file) {
  ThreadPool pool(1);
  ShardOptions options;
  options.num_lanes = 2;
  Shard shard(LineupColumns(std::vector<Candidate>(3), 1), options, &pool);
  ShardClocks clocks;
  clocks.epoch = 1;
  clocks.num_updates = 3;
  clocks.lanes = {{3, false}, {2, true}};
  clocks.epoch_loss.loss_sums = {1, 2, 3};
  if (!shard.Restore(clocks).ok()) return;
  absl::StatusOr<PartReader> reader = PartReader::OfBytes(file, "file");
  if (!reader.ok()) return;
  OwnedRows::Slots found;
  (void)RestoreRows(&*reader, OwnedRows::All(), &shard, &found);
}

}  // namespace
}  // namespace lineup

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) lineup::CorrectChecksums(&file);
  lineup::Read(file);
  return 0;
}
