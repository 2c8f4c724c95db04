#include "server/shard_snapshot.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/shard_file.h"
#include "common/linear/aligned.h"
#include "common/linear/flush_denormals.h"
#include "common/linear/packed_columns.h"

namespace lineup {
namespace {

// Of a row: its number and its last update.
constexpr size_t kRowHeadBytes = 2 * sizeof(uint32_t);

size_t RowBytes(size_t columns, size_t vectors) {
  return kRowHeadBytes + columns * vectors * sizeof(float);
}

size_t VectorsOf(const Shard& shard) {
  return 1 + shard.store().optimizer().num_state_vectors();
}

// Checks a shard file's header against the job that it is read for.
absl::Status CheckHeader(const PartReader& reader,
                         const v1::CheckpointShardHeader& header,
                         const Shard& shard) {
  const size_t columns = PackedColumns(shard.columns()).packed_width();
  const size_t vectors = VectorsOf(shard);
  const uint32_t updates = shard.store().optimizer().num_updates();
  if (header.columns() != columns || header.vectors() != vectors ||
      header.num_updates() != updates) {
    return reader.Damaged(
        0, absl::StrCat("rows of ", header.vectors(), " vectors of ",
                        header.columns(), " columns after ",
                        header.num_updates(), " updates, expected ", vectors,
                        " of ", columns, " after ", updates));
  }
  return absl::OkStatus();
}

// Reads the rows of one slot.
class SlotReader {
 public:
  explicit SlotReader(Shard* shard)
      : store_(shard->mutable_store()),
        columns_(shard->columns()),
        vectors_(VectorsOf(*shard)),
        packed_(columns_.packed_width()) {}

  absl::Status Read(const PartReader& reader, uint32_t slot,
                    absl::string_view bytes) {
    const size_t row_bytes = RowBytes(columns_.packed_width(), vectors_);
    if (bytes.size() % row_bytes != 0) {
      return reader.Damaged(
          0, absl::StrCat(bytes.size(), " bytes, expected rows of ", row_bytes,
                          " bytes each"));
    }
    int64_t before = -1;
    for (size_t at = 0; at < bytes.size(); at += row_bytes) {
      uint32_t row;
      uint32_t last_update;
      std::memcpy(&row, &bytes[at], sizeof(row));
      std::memcpy(&last_update, &bytes[at + sizeof(row)], sizeof(last_update));
      if (SlotOfRow(row) != slot || row <= before ||
          last_update > store_.optimizer().num_updates()) {
        return reader.Damaged(
            at, absl::StrCat("row ", row, " of update ", last_update,
                             ", expected one of this slot above ", before,
                             ", of at most update ",
                             store_.optimizer().num_updates()));
      }
      before = row;
      ReadRow(&bytes[at + kRowHeadBytes], store_.Insert(row, last_update));
    }
    return absl::OkStatus();
  }

 private:
  void ReadRow(const char* bytes, float* vectors) {
    const size_t vector_bytes = packed_.size() * sizeof(float);
    for (size_t v = 0; v < vectors_; ++v) {
      std::memcpy(packed_.data(), bytes + v * vector_bytes, vector_bytes);
      columns_.Unpack(packed_.data(), vectors + v * columns_.width());
    }
  }

  WeightStore& store_;
  const PackedColumns columns_;
  const size_t vectors_;
  std::vector<float> packed_;
};

}  // namespace

v1::TrainingClocks EncodeClocks(const ShardClocks& clocks) {
  v1::TrainingClocks message;
  message.set_epoch(clocks.epoch);
  message.set_num_updates(clocks.num_updates);
  for (const ShardClocks::Lane& lane : clocks.lanes) {
    v1::TrainingClocks::Lane* added = message.add_lanes();
    added->set_clock(lane.clock);
    added->set_finished(lane.finished);
  }
  message.set_examples(clocks.epoch_loss.examples);
  message.set_minibatches(clocks.epoch_loss.minibatches);
  for (const double sum : clocks.epoch_loss.loss_sums) {
    message.add_loss_sums(sum);
  }
  return message;
}

ShardClocks DecodeClocks(const v1::TrainingClocks& message) {
  ShardClocks clocks;
  clocks.epoch = message.epoch();
  clocks.num_updates = message.num_updates();
  for (const v1::TrainingClocks::Lane& lane : message.lanes()) {
    clocks.lanes.push_back({lane.clock(), lane.finished()});
  }
  clocks.epoch_loss.examples = message.examples();
  clocks.epoch_loss.minibatches = message.minibatches();
  clocks.epoch_loss.loss_sums.assign(message.loss_sums().begin(),
                                     message.loss_sums().end());
  return clocks;
}

ShardSnapshot::ShardSnapshot(const Shard& shard, const OwnedRows& owned,
                             ThreadPool* pool)
    : clocks_(shard.Clocks()),
      owned_(owned),
      vectors_(static_cast<uint32_t>(VectorsOf(shard))),
      rows_(shard.store().num_rows()) {
  const PackedColumns columns(shard.columns());
  columns_ = static_cast<uint32_t>(columns.packed_width());
  const size_t row_bytes = RowBytes(columns_, vectors_);
  // Whoever goes on knows the rates of synchronous updates, but not how others
  // were damped: rows that these have left behind are brought up to date here.
  const LineupOptimizer& optimizer = shard.store().optimizer();
  const bool catch_up = shard.options().staleness > 0;
  // A slot lies in one stripe.
  pool->ParallelFor(kNumStripes, [&](size_t stripe) {
    const ScopedFlushDenormals flush;
    std::vector<float> packed(columns_);
    AlignedFloats caught_up(vectors_ * columns.width());
    shard.store().ForEachRow(
        static_cast<uint32_t>(stripe),
        [&](uint32_t row, uint32_t last_update, const float* vectors) {
          if (catch_up) {
            std::copy_n(vectors, caught_up.size(), caught_up.begin());
            vectors = caught_up.data();
            if (row != kBiasRow) {
              optimizer.CatchUp(last_update, optimizer.num_updates(),
                                caught_up.data());
            }
            last_update = optimizer.num_updates();
          }
          std::string& slot = slots_[SlotOfRow(row)];
          size_t at = slot.size();
          slot.resize(at + row_bytes);
          std::memcpy(&slot[at], &row, sizeof(row));
          std::memcpy(&slot[at + sizeof(row)], &last_update,
                      sizeof(last_update));
          at += kRowHeadBytes;
          for (size_t v = 0; v < vectors_; ++v) {
            columns.Pack(vectors + v * columns.width(), packed.data());
            std::memcpy(&slot[at], packed.data(), columns_ * sizeof(float));
            at += columns_ * sizeof(float);
          }
        });
  });
}

absl::StatusOr<v1::CheckpointFile> ShardSnapshot::Write(
    const std::string& path, v1::CheckpointShardHeader header,
    FileSystem* files) const {
  LINEUP_ASSIGN_OR_RETURN(PartWriter writer, PartWriter::Create(path, files));
  header.set_columns(columns_);
  header.set_vectors(vectors_);
  header.set_num_updates(clocks_.num_updates);
  LINEUP_RETURN_IF_ERROR(
      writer.Add(PartKind::kHeader, 0, header.SerializeAsString()));
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    if (!owned_.owns(slot)) continue;
    LINEUP_RETURN_IF_ERROR(writer.Add(PartKind::kSlot, slot, slots_[slot]));
  }
  LINEUP_RETURN_IF_ERROR(writer.Commit());
  v1::CheckpointFile file;
  file.set_bytes(writer.bytes());
  file.set_checksum(writer.checksum());
  file.set_rows(rows_);
  return file;
}

absl::Status RestoreRows(PartReader* reader, const OwnedRows& owned,
                         Shard* shard, OwnedRows::Slots* found) {
  SlotReader slots(shard);
  return ReadShardFile(
      reader, owned.slots(),
      [&](const v1::CheckpointShardHeader& header) {
        return CheckHeader(*reader, header, *shard);
      },
      [&](uint32_t slot, absl::string_view bytes) {
        return slots.Read(*reader, slot, bytes);
      },
      found);
}

absl::Status RestoreShard(const v1::TrainingClocks& clocks,
                          absl::Span<const std::string> paths,
                          const OwnedRows& owned, Shard* shard,
                          FileSystem* files) {
  LINEUP_RETURN_IF_ERROR(shard->Restore(DecodeClocks(clocks)));
  OwnedRows::Slots found;
  for (const std::string& path : paths) {
    LINEUP_ASSIGN_OR_RETURN(PartReader reader, PartReader::Open(path, files));
    LINEUP_RETURN_IF_ERROR(RestoreRows(&reader, owned, shard, &found));
  }
  if (found.count() != owned.num_slots()) {
    return absl::DataLossError(absl::StrCat(
        "the files of the checkpoint have ", found.count(), " of the ",
        owned.num_slots(), " slots that this server should hold"));
  }
  return absl::OkStatus();
}

}  // namespace lineup
