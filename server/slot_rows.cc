#include "server/slot_rows.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace lineup {
namespace {

// Of a row: its number and its last update.
constexpr size_t kRowHeadBytes = 2 * sizeof(uint32_t);

}  // namespace

SlotRowFormat::SlotRowFormat(const WeightStore& store)
    : packing(store.columns()),
      columns(packing.packed_width()),
      vectors(1 + store.num_state_vectors()) {}

size_t SlotRowFormat::row_bytes() const {
  return kRowHeadBytes + columns * vectors * sizeof(float);
}

// Whoever goes on knows the rates of synchronous updates, but not how others
// were damped: rows that these have left behind are brought up to date.
WeightStore::Shown ShownForEncoding(const Shard& shard) {
  return shard.options().staleness > 0 ? WeightStore::Shown::kUpToDate
                                       : WeightStore::Shown::kAsTheyLie;
}

SlotRowEncoder::SlotRowEncoder(const Shard& shard)
    : format_(shard.store()), packed_(format_.columns) {}

void SlotRowEncoder::Append(uint32_t row, uint32_t last_update,
                            const float* vectors, std::string* bytes) {
  size_t at = bytes->size();
  bytes->resize(at + format_.row_bytes());
  char* const out = bytes->data();
  std::memcpy(out + at, &row, sizeof(row));
  std::memcpy(out + at + sizeof(row), &last_update, sizeof(last_update));
  at += kRowHeadBytes;
  const size_t vector_bytes = format_.columns * sizeof(float);
  for (size_t v = 0; v < format_.vectors; ++v) {
    format_.packing.Pack(vectors + v * format_.packing.width(), packed_.data());
    std::memcpy(out + at, packed_.data(), vector_bytes);
    at += vector_bytes;
  }
}

SlotRowDecoder::SlotRowDecoder(WeightStore* store)
    : store_(*store),
      format_(*store),
      packed_(format_.columns),
      vectors_(format_.vectors * format_.packing.width()) {
  before_.fill(-1);
}

std::optional<SlotRowDecoder::Problem> SlotRowDecoder::Decode(
    uint32_t slot, absl::string_view bytes) {
  const size_t row_bytes = format_.row_bytes();
  if (bytes.size() % row_bytes != 0) {
    return Problem{0, absl::StrCat(bytes.size(), " bytes, expected rows of ",
                                   row_bytes, " bytes each")};
  }
  int64_t& before = before_[slot];
  const uint32_t updates = store_.num_updates();
  for (size_t at = 0; at < bytes.size(); at += row_bytes) {
    uint32_t row;
    uint32_t last_update;
    std::memcpy(&row, &bytes[at], sizeof(row));
    std::memcpy(&last_update, &bytes[at + sizeof(row)], sizeof(last_update));
    if (SlotOfRow(row) != slot || row <= before || last_update > updates) {
      return Problem{at, absl::StrCat("row ", row, " of update ", last_update,
                                      ", expected one of this slot above ",
                                      before, ", of at most update ", updates)};
    }
    before = row;
    Unpack(&bytes[at + kRowHeadBytes]);
    store_.Insert(row, last_update, vectors_.data());
  }
  return std::nullopt;
}

void SlotRowDecoder::Unpack(const char* bytes) {
  const size_t vector_bytes = packed_.size() * sizeof(float);
  for (size_t v = 0; v < format_.vectors; ++v) {
    std::memcpy(packed_.data(), bytes + v * vector_bytes, vector_bytes);
    format_.packing.Unpack(packed_.data(),
                           &vectors_[v * format_.packing.width()]);
  }
}

}  // namespace lineup
