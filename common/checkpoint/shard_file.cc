#include "common/checkpoint/shard_file.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {

absl::Status ReadShardFile(
    PartReader* reader, const OwnedRows::Slots& wanted,
    absl::FunctionRef<absl::Status(const v1::CheckpointShardHeader&)> header,
    absl::FunctionRef<absl::Status(uint32_t slot, absl::string_view)> slot,
    OwnedRows::Slots* found) {
  std::string payload;
  for (bool first = true;; first = false) {
    LINEUP_ASSIGN_OR_RETURN(const std::optional<Part> part, reader->Next());
    if (!part.has_value()) return absl::OkStatus();
    const bool is_slot = part->kind == PartKind::kSlot && part->key < kNumSlots;
    if (!first && is_slot && !wanted.test(part->key)) continue;
    // Before the part is judged: a damaged one says so by its checksum.
    LINEUP_RETURN_IF_ERROR(reader->Read(&payload));
    if (first) {
      if (part->kind != PartKind::kHeader) {
        return reader->Damaged(0, "expected a header first");
      }
      v1::CheckpointShardHeader message;
      if (!message.ParseFromString(payload)) {
        return reader->Damaged(0, "cannot be read");
      }
      LINEUP_RETURN_IF_ERROR(header(message));
      continue;
    }
    if (!is_slot) {
      return reader->Damaged(0,
                             absl::StrCat("expected a slot below ", kNumSlots));
    }
    if (found->test(part->key)) {
      return reader->Damaged(0, "this slot is in the checkpoint twice");
    }
    found->set(part->key);
    LINEUP_RETURN_IF_ERROR(slot(part->key, payload));
  }
}

}  // namespace lineup
