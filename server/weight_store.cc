#include "server/weight_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/base/prefetch.h"
#include "common/linear/aligned.h"
#include "common/linear/flush_denormals.h"
#include "common/linear/initial_weights.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr size_t kChunkBytes = 16 << 20;  // at most
constexpr size_t kHugePageBytes = 2 << 20;
constexpr size_t kReadRows = 16;
// Entries whose memory is asked for together.
constexpr size_t kEntries = 128;
static_assert(kEntries % kReadRows == 0);
// Rows whose gradients are computed together, in the first-level cache.
constexpr size_t kUpdateRows = 16;

RowKind KindOf(uint32_t row) {
  return row == kBiasRow ? RowKind::kBias : RowKind::kFeature;
}

}  // namespace

void WeightStore::FreeDeleter::operator()(float* p) const { std::free(p); }

WeightStore::Layout::Layout(const LineupOptimizer& optimizer) {
  constexpr size_t kFloatsPerLine = kCacheLineBytes / sizeof(float);
  // Without candidates there are no rows; then any size will do.
  const size_t floats = std::max<size_t>(1, optimizer.row_floats());
  row_floats = (floats + kFloatsPerLine - 1) / kFloatsPerLine * kFloatsPerLine;
  chunk_shift = 0;
  while (row_bytes() << (chunk_shift + 1) <= kChunkBytes) ++chunk_shift;
}

WeightStore::WeightStore(LineupColumns columns, uint64_t seed)
    : columns_(std::move(columns)),
      optimizer_(columns_),
      seed_(seed),
      layout_(optimizer_) {}

WeightStore::Entry* WeightStore::FindOrAddEntry(Stripe& stripe, uint32_t row) {
  const uint32_t local = row / kNumStripes;
  const uint32_t page = local / kPageEntries;
  if (page >= stripe.pages.size()) {
    stripe.pages.resize(std::max<size_t>(page + 1, stripe.pages.size() * 2));
  }
  if (stripe.pages[page] == nullptr) {
    stripe.pages[page] = std::make_unique<Page>();
    ++stripe.num_pages;
  }
  return &(*stripe.pages[page])[local % kPageEntries];
}

const WeightStore::Entry* WeightStore::EntryOf(uint32_t row) const {
  const Stripe& stripe = stripes_[StripeOfRow(row)];
  const uint32_t local = row / kNumStripes;
  const uint32_t page = local / kPageEntries;
  if (page >= stripe.pages.size() || stripe.pages[page] == nullptr) {
    return nullptr;
  }
  return &(*stripe.pages[page])[local % kPageEntries];
}

const WeightStore::Entry* WeightStore::FindEntry(uint32_t row) const {
  const Entry* const entry = EntryOf(row);
  return entry == nullptr || entry->position_plus_1 == 0 ? nullptr : entry;
}

void WeightStore::AddChunk(Stripe& stripe) {
  const size_t bytes = layout_.row_bytes() << layout_.chunk_shift;
  void* chunk = nullptr;
  CHECK_EQ(posix_memalign(&chunk, kHugePageBytes, bytes), 0)
      << "out of memory for weights: " << num_rows() << " rows of "
      << layout_.row_bytes() << " bytes are held already";
  // Large models need huge pages; a small one stays in small pages.
  const size_t skip = stripe.chunks.empty() ? kHugePageBytes : 0;
  if (bytes > skip) {
    madvise(static_cast<char*>(chunk) + skip, bytes - skip, MADV_HUGEPAGE);
  }
  stripe.chunks.emplace_back(static_cast<float*>(chunk));
}

float* WeightStore::Create(Stripe& stripe, uint32_t row, Entry* entry) {
  const uint32_t position = stripe.num_rows++;
  if (position >> layout_.chunk_shift >= stripe.chunks.size()) AddChunk(stripe);
  entry->position_plus_1 = position + 1;
  entry->last_update = 0;
  float* const floats = RowAt(stripe, position);
  Initialize(row, floats);
  return floats;
}

void WeightStore::Initialize(uint32_t row, float* floats) const {
  std::fill_n(floats, width(), 0.0f);
  const InitialWeights initial(seed_, row);
  for (size_t c = 0; c < columns_.num_candidates(); ++c) {
    const Candidate& candidate = columns_.candidates()[c];
    float* const weights = floats + columns_.first_column(c);
    for (size_t o = 0; o < columns_.outputs(); ++o) {
      if (row == kBiasRow) {
        weights[o] = static_cast<float>(candidate.init_bias);
      } else if (candidate.optimizer != OptimizerType::kFtrl) {
        // ftrl starts at zero, where L1 can keep it.
        weights[o] = initial.Of(candidate, o);
      }
    }
  }
  optimizer_.InitializeState(KindOf(row), floats);
}

WeightStore WeightStore::Empty() const {
  WeightStore store(columns_, seed_);
  store.FastForward(optimizer_.num_updates());
  return store;
}

void WeightStore::Find(const RowSet& rows, uint32_t stripe, RowRef* refs) {
  FindSome(rows, stripe, 0, rows.count(stripe), refs);
}

void WeightStore::FindSome(const RowSet& rows, uint32_t stripe_index,
                           size_t begin, size_t end, RowRef* refs) {
  Stripe& stripe = stripes_[stripe_index];
  const size_t first = rows.first(stripe_index);
  const size_t stride = rows.stride();
  // Two passes, the first asking for the memory of the second.
  for (size_t j = begin; j < end; ++j) {
    const size_t i = first + j * stride;
    refs[i].entry = FindOrAddEntry(stripe, rows.row(i));
    Prefetch(refs[i].entry);
  }
  for (size_t j = begin; j < end; ++j) {
    const size_t i = first + j * stride;
    if (refs[i].entry->position_plus_1 == 0) {
      refs[i].row = Create(stripe, rows.row(i), refs[i].entry);
    } else {
      refs[i].row = RowAt(stripe, refs[i].entry->position_plus_1 - 1);
    }
  }
}

void WeightStore::Read(const RowSet& rows, uint32_t stripe, RowRef* refs,
                       float* out) {
  const ScopedFlushDenormals flush;
  const size_t first = rows.first(stripe);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe);
  const size_t width = this->width();
  const uint32_t current = optimizer_.num_updates();
  for (size_t j = 0; j < count; j += kReadRows) {
    // Entries are found some batches of rows ahead, and stay in a cache.
    if (j % kEntries == 0) {
      FindSome(rows, stripe, j, std::min(count, j + kEntries), refs);
    }
    const size_t n = std::min(kReadRows, count - j);
    for (size_t r = 0; r < n; ++r) {
      const RowRef& ref = refs[first + (j + r) * stride];
      optimizer_.PrefetchCatchUp(ref.entry->last_update, ref.row);
    }
    for (size_t r = 0; r < n; ++r) {
      const size_t i = first + (j + r) * stride;
      optimizer_.CatchUpAndCopy(
          LastUpdate(rows.row(i), *refs[i].entry, current), current,
          refs[i].row, out + i * width);
      refs[i].entry->last_update = current;
    }
  }
}

void WeightStore::Update(const RowSet& rows, uint32_t stripe,
                         const RowRef* refs, GradientRows gradient,
                         float inverse_count) {
  const ScopedFlushDenormals flush;
  const size_t first = rows.first(stripe);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe);
  const size_t width = this->width();
  const uint32_t current = optimizer_.num_updates();
  AlignedFloats sums(kUpdateRows * width);
  for (size_t j = 0; j < count; j += kUpdateRows) {
    const size_t n = std::min(kUpdateRows, count - j);
    for (size_t r = 0; r < n; ++r) {
      const RowRef& ref = refs[first + (j + r) * stride];
      Prefetch(ref.entry);
      optimizer_.PrefetchRow(ref.row);
    }
    gradient(first + j * stride, stride, n, sums.data());
    for (size_t r = 0; r < n; ++r) {
      const size_t i = first + (j + r) * stride;
      const uint32_t row = rows.row(i);
      // Other lanes may have updated the model since Read.
      optimizer_.CatchUp(LastUpdate(row, *refs[i].entry, current - 1),
                         current - 1, refs[i].row);
      optimizer_.Update(KindOf(row), &sums[r * width], inverse_count,
                        refs[i].row);
      refs[i].entry->last_update = current;
    }
  }
}

void WeightStore::PeekEntry(uint32_t row, const Entry* entry,
                            ColumnRange columns, float* out) const {
  if (entry != nullptr) {
    const float* const held =
        RowAt(stripes_[StripeOfRow(row)], entry->position_plus_1 - 1);
    const uint32_t current = optimizer_.num_updates();
    optimizer_.CaughtUp(LastUpdate(row, *entry, current), current, held,
                        columns, out);
  } else if (row == kBiasRow) {
    AlignedFloats initial(layout_.row_floats);
    Initialize(row, initial.data());
    std::copy_n(initial.data() + columns.first, columns.size, out);
  } else {
    std::fill_n(out, columns.size, 0.0f);
  }
}

bool WeightStore::Peek(uint32_t row, float* out) const {
  const ScopedFlushDenormals flush;
  const Entry* const entry = FindEntry(row);
  PeekEntry(row, entry, {0, width()}, out);
  return entry != nullptr;
}

void WeightStore::Peek(const RowSet& rows, uint32_t stripe_index,
                       ColumnRange columns, float* out) const {
  const ScopedFlushDenormals flush;
  const Stripe& stripe = stripes_[stripe_index];
  const size_t first = rows.first(stripe_index);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe_index);
  // The memory of many entries is asked for together, and then that of the
  // rows of some of them.
  std::array<const Entry*, kEntries> entries;
  for (size_t begin = 0; begin < count; begin += kEntries) {
    const size_t n = std::min(kEntries, count - begin);
    for (size_t j = 0; j < n; ++j) {
      entries[j] = EntryOf(rows.row(first + (begin + j) * stride));
      if (entries[j] != nullptr) Prefetch(entries[j]);
    }
    for (size_t some = 0; some < n; some += kReadRows) {
      const size_t end = std::min(n, some + kReadRows);
      for (size_t j = some; j < end; ++j) {
        if (entries[j] == nullptr) continue;
        if (entries[j]->position_plus_1 == 0) {
          entries[j] = nullptr;
          continue;
        }
        optimizer_.PrefetchCaughtUp(
            entries[j]->last_update,
            RowAt(stripe, entries[j]->position_plus_1 - 1), columns);
      }
      for (size_t j = some; j < end; ++j) {
        const size_t i = first + (begin + j) * stride;
        PeekEntry(rows.row(i), entries[j], columns, out + i * columns.size);
      }
    }
  }
}

void WeightStore::SetWeights(uint32_t row, const float* weights) {
  CHECK_EQ(optimizer_.num_updates(), 0);
  Stripe& stripe = stripes_[StripeOfRow(row)];
  Entry* entry = FindOrAddEntry(stripe, row);
  float* held = entry->position_plus_1 == 0
                    ? Create(stripe, row, entry)
                    : RowAt(stripe, entry->position_plus_1 - 1);
  std::copy(weights, weights + width(), held);
  optimizer_.InitializeState(KindOf(row), held);
}

void WeightStore::Keep(absl::Span<const size_t> positions) {
  CHECK(!positions.empty());
  const std::vector<ColumnRun> runs = columns_.KeptRuns(positions);
  const Layout before = layout_;
  const size_t width_before = width();
  columns_ = columns_.Keep(positions);
  optimizer_ = optimizer_.Keep(positions);
  layout_ = Layout(optimizer_);
  for (Stripe& stripe : stripes_) {
    MoveRows(before, width_before, runs, &stripe);
  }
}

void WeightStore::MoveRows(const Layout& before, size_t width_before,
                           absl::Span<const ColumnRun> runs, Stripe* stripe) {
  Chunks old = std::exchange(stripe->chunks, {});
  const size_t vectors = 1 + optimizer_.num_state_vectors();
  for (uint32_t position = 0; position < stripe->num_rows; ++position) {
    if (position % layout_.chunk_rows() == 0) AddChunk(*stripe);
    const float* const from = before.RowAt(old, position);
    float* const to = RowAt(*stripe, position);
    std::memset(to, 0, layout_.row_bytes());
    for (size_t v = 0; v < vectors; ++v) {
      CopyColumns(runs, from + v * width_before, to + v * width());
    }
    if ((position + 1) % before.chunk_rows() == 0) {
      old[position >> before.chunk_shift] = nullptr;
    }
  }
}

void WeightStore::ForEachRow(uint32_t stripe_index, VisitRow visit) const {
  const Stripe& stripe = stripes_[stripe_index];
  for (uint32_t page = 0; page < stripe.pages.size(); ++page) {
    if (stripe.pages[page] == nullptr) continue;
    for (uint32_t i = 0; i < kPageEntries; ++i) {
      const Entry& entry = (*stripe.pages[page])[i];
      if (entry.position_plus_1 == 0) continue;
      visit((page * kPageEntries + i) * kNumStripes + stripe_index,
            entry.last_update, RowAt(stripe, entry.position_plus_1 - 1));
    }
  }
}

void WeightStore::ForEachRowOfSlot(uint32_t slot, uint32_t first_row,
                                   VisitSome visit) const {
  const Stripe& stripe = stripes_[StripeOfRow(slot)];
  // The slot's entries are so far apart, and the same in each page.
  constexpr uint32_t kStep = kNumSlots / kNumStripes;
  static_assert(kPageEntries % kStep == 0);
  const uint32_t first = first_row / kNumStripes;  // in the stripe
  for (uint32_t page = first / kPageEntries; page < stripe.pages.size();
       ++page) {
    if (stripe.pages[page] == nullptr) continue;
    for (uint32_t i = slot / kNumStripes; i < kPageEntries; i += kStep) {
      const Entry& entry = (*stripe.pages[page])[i];
      const uint32_t row =
          (page * kPageEntries + i) * kNumStripes + StripeOfRow(slot);
      if (entry.position_plus_1 == 0 || row < first_row) continue;
      if (!visit(row, entry.last_update,
                 RowAt(stripe, entry.position_plus_1 - 1))) {
        return;
      }
    }
  }
}

void WeightStore::KeepSlots(uint32_t stripe_index,
                            const std::bitset<kNumSlots>& slots) {
  Stripe& stripe = stripes_[stripe_index];
  std::vector<Entry*> kept(stripe.num_rows, nullptr);  // by position
  uint32_t num_kept = 0;
  for (uint32_t page = 0; page < stripe.pages.size(); ++page) {
    if (stripe.pages[page] == nullptr) continue;
    for (uint32_t i = 0; i < kPageEntries; ++i) {
      Entry& entry = (*stripe.pages[page])[i];
      if (entry.position_plus_1 == 0) continue;
      const uint32_t row =
          (page * kPageEntries + i) * kNumStripes + stripe_index;
      if (slots[SlotOfRow(row)]) {
        kept[entry.position_plus_1 - 1] = &entry;
        ++num_kept;
      } else {
        entry = Entry{0, 0};
      }
    }
  }
  // The last rows fill the gaps.
  uint32_t last = stripe.num_rows;
  for (uint32_t gap = 0; gap < num_kept; ++gap) {
    if (kept[gap] != nullptr) continue;
    do {
      --last;
    } while (kept[last] == nullptr);
    std::memcpy(RowAt(stripe, gap), RowAt(stripe, last), layout_.row_bytes());
    kept[last]->position_plus_1 = gap + 1;
  }
  stripe.num_rows = num_kept;
  stripe.chunks.resize((num_kept + layout_.chunk_rows() - 1) >>
                       layout_.chunk_shift);
}

void WeightStore::CopyRows(uint32_t stripe, const WeightStore& other,
                           const std::bitset<kNumSlots>& slots) {
  CHECK_EQ(other.optimizer().num_updates(), optimizer_.num_updates());
  const size_t bytes = optimizer_.row_floats() * sizeof(float);
  other.ForEachRow(
      stripe, [&](uint32_t row, uint32_t last_update, const float* vectors) {
        if (!slots[SlotOfRow(row)]) return;
        std::memcpy(Insert(row, last_update), vectors, bytes);
      });
}

float* WeightStore::Insert(uint32_t row, uint32_t last_update) {
  Stripe& stripe = stripes_[StripeOfRow(row)];
  Entry* const entry = FindOrAddEntry(stripe, row);
  CHECK_EQ(entry->position_plus_1, 0u) << "row " << row << " is there already";
  float* const floats = Create(stripe, row, entry);
  entry->last_update = last_update;
  std::memset(floats, 0, layout_.row_bytes());
  return floats;
}

uint64_t WeightStore::num_rows() const {
  uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) sum += stripe.num_rows;
  return sum;
}

uint64_t WeightStore::bytes() const {
  uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    sum +=
        stripe.num_rows * layout_.row_bytes() + stripe.num_pages * sizeof(Page);
  }
  return sum;
}

uint64_t WeightStore::BytesWith(const RowSet& rows) const {
  uint64_t missing = 0;
  for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
    for (size_t j = 0; j < rows.count(stripe); ++j) {
      const uint32_t row = rows.row(rows.first(stripe) + j * rows.stride());
      missing += FindEntry(row) == nullptr;
    }
  }
  return bytes() + missing * (layout_.row_bytes() + sizeof(Entry));
}

}  // namespace lineup
