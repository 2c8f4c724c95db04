#include "server/call_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "server/wire_values.h"

namespace lineup {

absl::Status CallReader::CheckSize(uint64_t rows, size_t width) const {
  const uint64_t bytes = rows * width * sizeof(float);
  if (bytes <= max_call_bytes_) return absl::OkStatus();
  return LimitExceededError(
      absl::StrCat("a call is about ", rows, " rows of this server, ", bytes,
                   " bytes, but at most ", max_call_bytes_,
                   " are allowed; ask for fewer rows at a time"),
      max_call_bytes_);
}

std::shared_ptr<LaneStep> CallReader::ReadLaneCall(
    std::vector<LaneCall> parts) {
  auto step = std::make_shared<LaneStep>();
  step->parts = std::move(parts);
  if (step->call().gradient.has_value()) {
    step->status = ReadGradient(step.get());
  }
  if (step->status.ok() && step->call().pull.has_value()) {
    step->status = ReadPull(step.get());
  }
  return step;
}

absl::StatusOr<std::shared_ptr<const WireRows>> CallReader::ReadRows(
    absl::Span<const RowsField* const> parts) {
  LINEUP_RETURN_IF_ERROR(CheckRowsFields(parts, max_rows_));
  const uint32_t all_rows = parts[0]->all_rows;
  uint64_t num_rows = owned_.CountBelow(all_rows);
  for (const RowsField* part : parts) {
    num_rows += part->rows.size() / sizeof(uint32_t);
  }
  LINEUP_RETURN_IF_ERROR(CheckSize(num_rows, columns_.all().width()));
  if (all_rows != 0) {
    MutexLock lock(&mutex_);
    if (all_rows == all_rows_) return all_wire_rows_;
  }
  LINEUP_ASSIGN_OR_RETURN(WireRows rows,
                          ReadWireRows(parts, owned_, max_rows_));
  auto result = std::make_shared<const WireRows>(std::move(rows));
  if (all_rows != 0) {
    MutexLock lock(&mutex_);
    all_rows_ = all_rows;
    all_wire_rows_ = result;
  }
  return result;
}

absl::Status CallReader::ReadGradient(LaneStep* step) {
  std::vector<const RowsField*> fields;
  for (const LaneCall& part : step->parts) {
    fields.push_back(&part.gradient->rows);
  }
  LINEUP_ASSIGN_OR_RETURN(step->push_rows, ReadRows(fields));
  const uint32_t groups = step->call().gradient->groups;
  const PackedColumns* const columns = columns_.OfGroups(groups);
  if (columns == nullptr) {
    return MalformedError(absl::StrCat(
        "gradients of ", groups, " groups of candidates, but at no time do ",
        columns_.all().num_groups(), " candidates make as many"));
  }
  const size_t row_bytes = WireRowBytes(*columns, step->call().format);
  for (const LaneCall& part : step->parts) {
    const PayloadView& values = part.gradient->values;
    const size_t rows =
        NumRows(part.gradient->rows, owned_, part.part, part.num_parts);
    if (part.gradient->groups != groups) {
      return MalformedError("the parts of a push are of different groups");
    }
    if (values.size() != rows * row_bytes) {
      return MalformedError(absl::StrCat(
          "gradients of ", rows, " rows of ", columns->packed_width(),
          " columns have ", rows * row_bytes, " bytes, but ", values.size(),
          " were sent"));
    }
    for (const absl::string_view piece : values.pieces()) {
      step->gradient.Append(piece);
    }
  }
  return absl::OkStatus();
}

absl::Status CallReader::ReadPull(LaneStep* step) {
  std::vector<const RowsField*> fields;
  for (const LaneCall& part : step->parts) fields.push_back(&*part.pull);
  LINEUP_ASSIGN_OR_RETURN(step->pull_rows, ReadRows(fields));
  size_t end = 0;
  for (const LaneCall& part : step->parts) {
    end += NumRows(*part.pull, owned_, part.part, part.num_parts);
    step->part_ends.push_back(end);
  }
  return absl::OkStatus();
}

absl::StatusOr<WireRows> CallReader::ReadRowsCall(const RowsCall& call,
                                                  size_t width) const {
  if (call.part >= call.num_parts) {
    return MalformedError(
        absl::StrCat("part ", call.part, " of ", call.num_parts));
  }
  const RowsField* const field = &call.rows;
  const auto fields = absl::MakeConstSpan(&field, 1);
  LINEUP_RETURN_IF_ERROR(CheckRowsFields(fields, max_rows_));
  LINEUP_RETURN_IF_ERROR(
      CheckSize(NumRows(call.rows, owned_, call.part, call.num_parts), width));
  if (call.rows.all_rows != 0) {
    return AllWireRows(owned_, call.rows.all_rows, call.part, call.num_parts);
  }
  return ReadWireRows(fields, owned_, max_rows_);
}

}  // namespace lineup
