#ifndef LINEUP_COMMON_CHECKPOINT_SHARD_FILE_H_
#define LINEUP_COMMON_CHECKPOINT_SHARD_FILE_H_

// The file that one server adds to a checkpoint: a header, then its slots.

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/checkpoint/part_file.h"
#include "common/linear/owned_rows.h"
#include "proto/checkpoint.pb.h"

namespace lineup {

// Reads the file from its start: calls `header` once, then `slot` with the
// payload of each slot that is wanted, and notes it in `found`; a slot that is
// noted there already is damage. What is wrong with the file is DATA_LOSS, and
// errors of the two functions end the reading.
absl::Status ReadShardFile(
    PartReader* reader, const OwnedRows::Slots& wanted,
    absl::FunctionRef<absl::Status(const v1::CheckpointShardHeader&)> header,
    absl::FunctionRef<absl::Status(uint32_t slot, absl::string_view)> slot,
    OwnedRows::Slots* found);

}  // namespace lineup

#endif  // LINEUP_COMMON_CHECKPOINT_SHARD_FILE_H_
