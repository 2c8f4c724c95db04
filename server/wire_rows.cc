#include "server/wire_rows.h"

#include <array>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"

namespace lineup {
namespace {

using StripeBegins = std::array<uint32_t, kNumStripes + 1>;

// From counts in begins[s + 1] to beginnings.
void CountsToBegins(StripeBegins& begins) {
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
}

// Ascending rows, grouped by stripe.
WireRows Regroup(const std::vector<uint32_t>& wire) {
  const size_t count = wire.size();
  StripeBegins begins{};
  for (size_t i = 0; i < count; ++i) ++begins[StripeOfRow(wire[i]) + 1];
  CountsToBegins(begins);
  StripeBegins next = begins;
  WireRows result;
  std::vector<uint32_t> rows(count);
  result.positions.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t index = next[StripeOfRow(wire[i])]++;
    rows[index] = wire[i];
    result.positions[index] = static_cast<uint32_t>(i);
  }
  result.rows = RowSet::Grouped(std::move(rows), begins);
  return result;
}

absl::Status CheckRow(uint32_t row, const OwnedRows& owned, uint32_t max_rows) {
  if (max_rows != 0 && row >= max_rows) {
    return MalformedError(
        absl::StrCat("row ", row, " is beyond the job's ", max_rows, " rows"));
  }
  if (!owned.owns(row)) {
    return MalformedError(absl::StrCat("row ", row, " (slot ", SlotOfRow(row),
                                       ") is not on this server"));
  }
  return absl::OkStatus();
}

// Appends the part's row numbers.
absl::Status AppendRows(const PayloadView& bytes, std::vector<uint32_t>* rows) {
  if (bytes.size() % sizeof(uint32_t) != 0) {
    return MalformedError(absl::StrCat("row numbers have 4 bytes each, but ",
                                       bytes.size(), " bytes were sent"));
  }
  const size_t begin = rows->size();
  rows->resize(begin + bytes.size() / sizeof(uint32_t));
  PayloadReader(bytes).Read(rows->data() + begin, bytes.size());
  return absl::OkStatus();
}

absl::StatusOr<WireRows> ReadList(absl::Span<const RowsField* const> parts,
                                  const OwnedRows& owned, uint32_t max_rows) {
  std::vector<uint32_t> rows;
  for (const RowsField* part : parts) {
    LINEUP_RETURN_IF_ERROR(AppendRows(part->rows, &rows));
  }
  StripeBegins begins{};
  uint32_t stripe = 0;
  for (const uint32_t row : rows) {
    LINEUP_RETURN_IF_ERROR(CheckRow(row, owned, max_rows));
    if (StripeOfRow(row) < stripe) {
      return MalformedError(absl::StrCat("rows are not grouped by row modulo ",
                                         kNumStripes, ": row ", row,
                                         " follows one of group ", stripe));
    }
    stripe = StripeOfRow(row);
    ++begins[stripe + 1];
  }
  CountsToBegins(begins);
  WireRows result;
  result.rows = RowSet::Grouped(std::move(rows), begins);
  return result;
}

}  // namespace

WireRows AllWireRows(const OwnedRows& owned, uint32_t num_rows, uint32_t part,
                     uint32_t num_parts) {
  if (owned.owns_all() && num_parts <= 1) return {RowSet::All(num_rows), {}};
  const auto [begin, end] =
      RowsOfPart(owned.CountBelow(num_rows), part, num_parts);
  std::vector<uint32_t> wire;
  wire.reserve(end - begin);
  for (size_t p = begin; p < end; ++p) wire.push_back(owned.RowAt(p));
  return Regroup(wire);
}

absl::Status CheckRowsFields(absl::Span<const RowsField* const> parts,
                             uint32_t max_rows) {
  const uint32_t num_rows = parts[0]->all_rows;
  for (const RowsField* part : parts) {
    if (part->all_rows != num_rows) {
      return MalformedError(absl::StrCat("parts of one call say all_rows ",
                                         num_rows, " and ", part->all_rows));
    }
    if (num_rows != 0 && !part->rows.empty()) {
      return MalformedError("a call has both all_rows and rows");
    }
  }
  if (max_rows != 0 && num_rows > max_rows) {
    return MalformedError(absl::StrCat(
        "all_rows is ", num_rows, ", but the job has ", max_rows, " rows"));
  }
  return absl::OkStatus();
}

absl::StatusOr<WireRows> ReadWireRows(absl::Span<const RowsField* const> parts,
                                      const OwnedRows& owned,
                                      uint32_t max_rows) {
  LINEUP_RETURN_IF_ERROR(CheckRowsFields(parts, max_rows));
  if (parts[0]->all_rows != 0) return AllWireRows(owned, parts[0]->all_rows);
  return ReadList(parts, owned, max_rows);
}

size_t NumRows(const RowsField& field, const OwnedRows& owned, uint32_t part,
               uint32_t num_parts) {
  if (field.all_rows == 0) return field.rows.size() / sizeof(uint32_t);
  const auto [begin, end] =
      RowsOfPart(owned.CountBelow(field.all_rows), part, num_parts);
  return end - begin;
}

}  // namespace lineup
