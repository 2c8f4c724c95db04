#include "server/shard_snapshot.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/shard_file.h"
#include "common/linear/flush_denormals.h"
#include "server/slot_rows.h"

namespace lineup {
namespace {

// Checks a shard file's header against the job that it is read for.
absl::Status CheckHeader(const PartReader& reader,
                         const v1::CheckpointShardHeader& header,
                         const Shard& shard) {
  const SlotRowFormat format(shard.store());
  const uint32_t updates = shard.store().num_updates();
  if (header.columns() != format.columns ||
      header.vectors() != format.vectors || header.num_updates() != updates) {
    return reader.Damaged(
        0, absl::StrCat(
               "rows of ", header.vectors(), " vectors of ", header.columns(),
               " columns after ", header.num_updates(), " updates, expected ",
               format.vectors, " of ", format.columns, " after ", updates));
  }
  return absl::OkStatus();
}

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
    : clocks_(shard.Clocks()), owned_(owned), rows_(shard.store().num_rows()) {
  const SlotRowFormat format(shard.store());
  columns_ = static_cast<uint32_t>(format.columns);
  vectors_ = static_cast<uint32_t>(format.vectors);
  // A slot lies in one stripe.
  pool->ParallelFor(kNumStripes, [&](size_t stripe) {
    const ScopedFlushDenormals flush;
    SlotRowEncoder encoder(shard);
    shard.store().ForEachRow(
        static_cast<uint32_t>(stripe), ShownForEncoding(shard),
        [&](uint32_t row, uint32_t last_update, const float* vectors) {
          encoder.Append(row, last_update, vectors, &slots_[SlotOfRow(row)]);
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
  SlotRowDecoder decoder(&shard->mutable_store());
  return ReadShardFile(
      reader, owned.slots(),
      [&](const v1::CheckpointShardHeader& header) {
        return CheckHeader(*reader, header, *shard);
      },
      [&](uint32_t slot, absl::string_view bytes) {
        const auto problem = decoder.Decode(slot, bytes);
        if (!problem.has_value()) return absl::OkStatus();
        return reader->Damaged(problem->at, problem->text);
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
