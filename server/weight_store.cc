#include "server/weight_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
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
// How far ahead of its use the memory of entries and rows is asked for.
constexpr size_t kEntriesAhead = 128;
constexpr size_t kRowsAhead = 16;
// Rows whose gradients are computed together, in the first-level cache.
constexpr size_t kUpdateRows = 16;

RowKind KindOf(uint32_t row) {
  return row == kBiasRow ? RowKind::kBias : RowKind::kFeature;
}

}  // namespace

void WeightStore::FreeDeleter::operator()(float* p) const { std::free(p); }

WeightStore::Layout::Layout(size_t floats) {
  constexpr size_t kFloatsPerLine = kCacheLineBytes / sizeof(float);
  // Without candidates there are no rows; then any size will do.
  floats = std::max<size_t>(1, floats);
  row_floats = (floats + kFloatsPerLine - 1) / kFloatsPerLine * kFloatsPerLine;
  chunk_shift = 0;
  while (row_bytes() << (chunk_shift + 1) <= kChunkBytes) ++chunk_shift;
}

WeightStore::WeightStore(LineupColumns columns, uint64_t seed)
    : columns_(std::move(columns)),
      groupings_(columns_),
      groups_(groupings_.After(0)),
      optimizer_(columns_.Keep(groups_.first_of_group())),
      seed_(seed),
      layout_(optimizer_.row_floats()) {
  MapColumns();
}

void WeightStore::MapColumns() {
  layout_ = Layout(optimizer_.row_floats());
  const LineupColumns last =
      columns_.Keep(groupings_.After(kNeverDiffer).first_of_group());
  row_bytes_told_apart_ =
      Layout(last.width() * (1 + num_state_vectors())).row_bytes();
  std::vector<size_t> group_of;
  for (size_t c = 0; c < columns_.num_candidates(); ++c) {
    group_of.push_back(groups_.group_of(c));
  }
  spread_ = ColumnMap(shared_columns(), columns_, group_of);
  gradients_.clear();
  for (const CandidateGroups& groups : groupings_.all()) {
    const LineupColumns columns = columns_.Keep(groups.first_of_group());
    std::vector<size_t> sources;
    for (const size_t first : groups_.first_of_group()) {
      sources.push_back(groups.group_of(first));
    }
    gradients_.push_back(
        {columns.width(), ColumnMap(columns, shared_columns(), sources)});
  }
}

const WeightStore::GradientColumns& WeightStore::GradientsOf(
    uint32_t groups) const {
  const std::optional<size_t> index = groupings_.IndexOf(groups);
  CHECK(index.has_value()) << groups << " groups, at no time";
  return gradients_[*index];
}

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
  const LineupColumns& columns = shared_columns();
  std::fill_n(floats, columns.width(), 0.0f);
  const InitialWeights initial(seed_, row);
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    const Candidate& candidate = columns.candidates()[c];
    float* const weights = floats + columns.first_column(c);
    for (size_t o = 0; o < columns.outputs(); ++o) {
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
  store.FastForward(num_updates());
  return store;
}

void WeightStore::Find(const RowSet& rows, uint32_t stripe, RowRef* refs) {
  const size_t first = rows.first(stripe);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe);
  for (size_t j = 0; j < count; ++j) {
    const size_t i = first + j * stride;
    LocateEntry(rows.row(i), stripe, &refs[i]);
  }
  for (size_t j = 0; j < count; ++j) {
    const size_t i = first + j * stride;
    LocateRow(rows.row(i), stripe, &refs[i]);
  }
}

void WeightStore::LocateEntry(uint32_t row, uint32_t stripe, RowRef* ref) {
  ref->entry = FindOrAddEntry(stripes_[stripe], row);
  Prefetch(ref->entry);
}

void WeightStore::LocateRow(uint32_t row, uint32_t stripe, RowRef* ref) {
  ref->row = ref->entry->position_plus_1 == 0
                 ? Create(stripes_[stripe], row, ref->entry)
                 : RowAt(stripes_[stripe], ref->entry->position_plus_1 - 1);
}

void WeightStore::Read(const RowSet& rows, uint32_t stripe, RowRef* refs,
                       WeightsOut out, Noted noted) {
  const ScopedFlushDenormals flush;
  const size_t first = rows.first(stripe);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe);
  const bool spread = out.groups == nullptr && !spread_.is_identity();
  const size_t width = spread ? this->width() : shared_columns().width();
  const uint32_t current = optimizer_.num_updates();
  const uint32_t mark = current + (noted == Noted::kUpdated ? 1 : 0);
  // Memory is asked for while rows before it are brought up to date: that of
  // entries first, then that of rows.
  const auto find_entry = [&](size_t j) {
    if (j >= count) return;
    const size_t i = first + j * stride;
    LocateEntry(rows.row(i), stripe, &refs[i]);
  };
  const auto find_row = [&](size_t j) {
    if (j >= count) return;
    const size_t i = first + j * stride;
    LocateRow(rows.row(i), stripe, &refs[i]);
    optimizer_.PrefetchCatchUp(refs[i].entry->last_update, refs[i].row);
  };
  for (size_t j = 0; j < kEntriesAhead; ++j) find_entry(j);
  for (size_t j = 0; j < kRowsAhead; ++j) find_row(j);
  for (size_t j = 0; j < count; ++j) {
    find_entry(j + kEntriesAhead);
    find_row(j + kRowsAhead);
    const size_t i = first + j * stride;
    const RowRef& ref = refs[i];
    const uint32_t last = LastUpdate(rows.row(i), *ref.entry, current);
    ref.entry->last_update = mark;
    if (out.places != nullptr) {
      optimizer_.CatchUp(last, current, ref.row);
      (*out.places)[i] = ref.row;
    } else if (spread) {
      optimizer_.CatchUp(last, current, ref.row);
      spread_.Copy(ref.row, out.values + i * width);
    } else {
      optimizer_.CatchUpAndCopy(last, current, ref.row, out.values + i * width);
    }
  }
}

void WeightStore::Update(const RowSet& rows, uint32_t stripe,
                         const RowRef* refs, GradientRows gradient,
                         float inverse_count, uint32_t groups, Noted noted) {
  const ScopedFlushDenormals flush;
  const size_t first = rows.first(stripe);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe);
  const uint32_t current = optimizer_.num_updates();
  const GradientColumns& columns = GradientsOf(groups);
  const size_t width = columns.width;
  AlignedFloats sums(kUpdateRows * width);
  AlignedFloats gathered(shared_columns().width());
  // As in Read.
  const auto prefetch = [&](size_t j) {
    if (j >= count) return;
    const RowRef& ref = refs[first + j * stride];
    if (noted == Noted::kUpToDate) Prefetch(ref.entry);
    optimizer_.PrefetchRow(ref.row);
  };
  for (size_t j = 0; j < kUpdateRows; ++j) prefetch(j);
  for (size_t j = 0; j < count; j += kUpdateRows) {
    const size_t n = std::min(kUpdateRows, count - j);
    gradient(first + j * stride, stride, n, sums.data());
    for (size_t r = 0; r < n; ++r) {
      prefetch(j + r + kUpdateRows);
      const size_t i = first + (j + r) * stride;
      const uint32_t row = rows.row(i);
      if (noted == Noted::kUpToDate) {
        // Others may have updated the model since Read.
        optimizer_.CatchUp(LastUpdate(row, *refs[i].entry, current - 1),
                           current - 1, refs[i].row);
        refs[i].entry->last_update = current;
      }
      const float* sum = &sums[r * width];
      if (!columns.to_shared.is_identity()) {
        columns.to_shared.Copy(sum, gathered.data());
        sum = gathered.data();
      }
      optimizer_.Update(KindOf(row), sum, inverse_count, refs[i].row);
    }
  }
}

std::optional<ColumnRange> WeightStore::SharedRange(ColumnRange columns) const {
  if (spread_.is_identity()) return columns;
  const int c = columns_.candidate_of_column(columns.first);
  if (c < 0) return std::nullopt;
  const size_t output = columns.first - columns_.first_column(c);
  if (output + columns.size > columns_.outputs()) return std::nullopt;
  return ColumnRange{
      shared_columns().first_column(groups_.group_of(c)) + output,
      columns.size};
}

void WeightStore::PeekShared(uint32_t row, const Entry* entry,
                             ColumnRange columns, float* out) const {
  if (entry != nullptr) {
    const uint32_t current = optimizer_.num_updates();
    optimizer_.CaughtUp(
        LastUpdate(row, *entry, current), current,
        RowAt(stripes_[StripeOfRow(row)], entry->position_plus_1 - 1), columns,
        out);
  } else if (row == kBiasRow) {
    AlignedFloats floats(layout_.row_floats);
    Initialize(row, floats.data());
    std::copy_n(&floats[columns.first], columns.size, out);
  } else {
    std::fill_n(out, columns.size, 0.0f);
  }
}

void WeightStore::PeekEntry(uint32_t row, const Entry* entry,
                            ColumnRange columns, PeekScratch* scratch,
                            float* out) const {
  if (const std::optional<ColumnRange> shared = SharedRange(columns)) {
    PeekShared(row, entry, *shared, out);
    return;
  }
  PeekShared(row, entry, {0, shared_columns().width()}, scratch->shared.data());
  if (columns.size == width()) {
    spread_.Copy(scratch->shared.data(), out);
    return;
  }
  spread_.Copy(scratch->shared.data(), scratch->all.data());
  std::copy_n(&scratch->all[columns.first], columns.size, out);
}

bool WeightStore::Peek(uint32_t row, float* out) const {
  const ScopedFlushDenormals flush;
  const Entry* const entry = FindEntry(row);
  PeekScratch scratch(*this);
  PeekEntry(row, entry, {0, width()}, &scratch, out);
  return entry != nullptr;
}

void WeightStore::Peek(const RowSet& rows, uint32_t stripe, ColumnRange columns,
                       float* out) const {
  const ColumnRange shared =
      SharedRange(columns).value_or(ColumnRange{0, shared_columns().width()});
  PeekScratch scratch(*this);
  ForEntries(rows, stripe, shared, [&](size_t i, const Entry* entry) {
    PeekEntry(rows.row(i), entry, columns, &scratch, out + i * columns.size);
  });
}

void WeightStore::PeekGroups(const RowSet& rows, uint32_t stripe,
                             float* out) const {
  const ColumnRange columns{0, shared_columns().width()};
  ForEntries(rows, stripe, columns, [&](size_t i, const Entry* entry) {
    PeekShared(rows.row(i), entry, columns, out + i * columns.size);
  });
}

template <typename Visit>
void WeightStore::ForEntries(const RowSet& rows, uint32_t stripe_index,
                             ColumnRange shared, Visit visit) const {
  const ScopedFlushDenormals flush;
  const Stripe& stripe = stripes_[stripe_index];
  const size_t first = rows.first(stripe_index);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe_index);
  // As in Read; the entries ahead are in a ring.
  std::array<const Entry*, kEntriesAhead> entries;
  const auto entry_at = [&](size_t j) -> const Entry*& {
    return entries[j % kEntriesAhead];
  };
  const auto find_entry = [&](size_t j) {
    if (j >= count) return;
    entry_at(j) = EntryOf(rows.row(first + j * stride));
    if (entry_at(j) != nullptr) Prefetch(entry_at(j));
  };
  const auto find_row = [&](size_t j) {
    if (j >= count || entry_at(j) == nullptr) return;
    const uint32_t position_plus_1 = entry_at(j)->position_plus_1;
    if (position_plus_1 == 0) {
      entry_at(j) = nullptr;
      return;
    }
    optimizer_.PrefetchCaughtUp(entry_at(j)->last_update,
                                RowAt(stripe, position_plus_1 - 1), shared);
  };
  for (size_t j = 0; j < kEntriesAhead; ++j) find_entry(j);
  for (size_t j = 0; j < kRowsAhead; ++j) find_row(j);
  for (size_t j = 0; j < count; ++j) {
    find_row(j + kRowsAhead);
    visit(first + j * stride, entry_at(j));
    // In the place of this one.
    find_entry(j + kEntriesAhead);
  }
}

bool WeightStore::SetWeights(uint32_t row, const float* weights) {
  CHECK_EQ(optimizer_.num_updates(), 0);
  AlignedFloats all(weights, weights + width());
  AlignedFloats shared(shared_columns().width());
  gather().Copy(all.data(), shared.data());
  AlignedFloats again(width());
  spread_.Copy(shared.data(), again.data());
  if (again != all) return false;
  Stripe& stripe = stripes_[StripeOfRow(row)];
  Entry* entry = FindOrAddEntry(stripe, row);
  float* held = entry->position_plus_1 == 0
                    ? Create(stripe, row, entry)
                    : RowAt(stripe, entry->position_plus_1 - 1);
  std::copy(shared.begin(), shared.end(), held);
  optimizer_.InitializeState(KindOf(row), held);
  return true;
}

void WeightStore::BeginUpdate(double damping) {
  CHECK(!must_tell_apart());
  optimizer_.BeginUpdate(damping);
}

void WeightStore::TellApart(ThreadPool* pool) {
  RegroupAfter(int64_t{num_updates()} + 1, pool);
}

void WeightStore::FastForward(uint32_t num_updates) {
  CHECK_EQ(num_rows(), 0u);
  ThreadPool alone(1);
  RegroupAfter(num_updates, &alone);
  optimizer_.FastForward(num_updates);
}

void WeightStore::RegroupAfter(int64_t update, ThreadPool* pool) {
  std::vector<size_t> sources(columns_.num_candidates());
  std::iota(sources.begin(), sources.end(), size_t{0});
  Regroup(columns_, groupings_, sources, update, pool);
}

void WeightStore::Keep(absl::Span<const size_t> positions) {
  CHECK(!positions.empty());
  ThreadPool alone(1);
  LineupColumns kept = columns_.Keep(positions);
  CandidateGroupings groupings(kept);
  Regroup(std::move(kept), std::move(groupings), positions, num_updates(),
          &alone);
}

void WeightStore::Regroup(LineupColumns columns, CandidateGroupings groupings,
                          absl::Span<const size_t> sources, int64_t update,
                          ThreadPool* pool) {
  CandidateGroups groups = groupings.After(update);
  LineupColumns shared = columns.Keep(groups.first_of_group());
  std::vector<size_t> shared_sources;
  for (const size_t first : groups.first_of_group()) {
    shared_sources.push_back(groups_.group_of(sources[first]));
  }
  const ColumnMap moved(shared_columns(), shared, shared_sources);
  const Layout before = layout_;
  const size_t width_before = shared_columns().width();
  optimizer_ = optimizer_.GoOn(std::move(shared), shared_sources);
  columns_ = std::move(columns);
  groupings_ = std::move(groupings);
  groups_ = std::move(groups);
  MapColumns();
  pool->ParallelFor(kNumStripes, [&](size_t stripe) {
    MoveRows(before, width_before, moved, &stripes_[stripe]);
  });
}

void WeightStore::MoveRows(const Layout& before, size_t width_before,
                           const ColumnMap& columns, Stripe* stripe) {
  const size_t width = shared_columns().width();
  Chunks old = std::exchange(stripe->chunks, {});
  const size_t vectors = 1 + optimizer_.num_state_vectors();
  for (uint32_t position = 0; position < stripe->num_rows; ++position) {
    if (position % layout_.chunk_rows() == 0) AddChunk(*stripe);
    const float* const from = before.RowAt(old, position);
    float* const to = RowAt(*stripe, position);
    std::memset(to, 0, layout_.row_bytes());
    for (size_t v = 0; v < vectors; ++v) {
      columns.Copy(from + v * width_before, to + v * width);
    }
    if ((position + 1) % before.chunk_rows() == 0) {
      old[position >> before.chunk_shift] = nullptr;
    }
  }
}

const float* WeightStore::Show(Shown shown, uint32_t row, const float* held,
                               uint32_t* last_update,
                               AlignedFloats* scratch) const {
  if (shown == Shown::kAsTheyLie && spread_.is_identity()) return held;
  const size_t width = shared_columns().width();
  const size_t vectors = 1 + num_state_vectors();
  // At its end the weights that are brought up to date.
  scratch->resize(vectors * this->width() + width);
  for (size_t v = 0; v < vectors; ++v) {
    spread_.Copy(held + v * width, scratch->data() + v * this->width());
  }
  if (shown == Shown::kUpToDate) {
    float* const caught_up = scratch->data() + vectors * this->width();
    optimizer_.CaughtUp(row == kBiasRow ? num_updates() : *last_update,
                        num_updates(), held, {0, width}, caught_up);
    spread_.Copy(caught_up, scratch->data());
    *last_update = num_updates();
  }
  return scratch->data();
}

void WeightStore::ForEachRow(uint32_t stripe_index, Shown shown,
                             VisitRow visit) const {
  const Stripe& stripe = stripes_[stripe_index];
  AlignedFloats scratch;
  for (uint32_t page = 0; page < stripe.pages.size(); ++page) {
    if (stripe.pages[page] == nullptr) continue;
    for (uint32_t i = 0; i < kPageEntries; ++i) {
      const Entry& entry = (*stripe.pages[page])[i];
      if (entry.position_plus_1 == 0) continue;
      const uint32_t row =
          (page * kPageEntries + i) * kNumStripes + stripe_index;
      uint32_t last_update = entry.last_update;
      const float* const vectors =
          Show(shown, row, RowAt(stripe, entry.position_plus_1 - 1),
               &last_update, &scratch);
      visit(row, last_update, vectors);
    }
  }
}

void WeightStore::ForEachRowOfSlot(uint32_t slot, uint32_t first_row,
                                   Shown shown, VisitSome visit) const {
  const Stripe& stripe = stripes_[StripeOfRow(slot)];
  AlignedFloats scratch;
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
      uint32_t last_update = entry.last_update;
      const float* const vectors =
          Show(shown, row, RowAt(stripe, entry.position_plus_1 - 1),
               &last_update, &scratch);
      if (!visit(row, last_update, vectors)) return;
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
  CHECK_EQ(other.num_updates(), num_updates());
  other.ForEachRow(
      stripe, Shown::kAsTheyLie,
      [&](uint32_t row, uint32_t last_update, const float* vectors) {
        if (slots[SlotOfRow(row)]) Insert(row, last_update, vectors);
      });
}

void WeightStore::Insert(uint32_t row, uint32_t last_update,
                         const float* vectors) {
  Stripe& stripe = stripes_[StripeOfRow(row)];
  Entry* const entry = FindOrAddEntry(stripe, row);
  CHECK_EQ(entry->position_plus_1, 0u) << "row " << row << " is there already";
  float* const floats = Create(stripe, row, entry);
  entry->last_update = last_update;
  std::memset(floats, 0, layout_.row_bytes());
  const size_t shared_width = shared_columns().width();
  for (size_t v = 0; v <= num_state_vectors(); ++v) {
    gather().Copy(vectors + v * width(), floats + v * shared_width);
  }
}

uint64_t WeightStore::num_rows() const {
  uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) sum += stripe.num_rows;
  return sum;
}

uint64_t WeightStore::BytesOf(uint64_t row_bytes) const {
  uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    sum += stripe.num_rows * row_bytes + stripe.num_pages * sizeof(Page);
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
  return bytes_told_apart() + missing * (row_bytes_told_apart_ + sizeof(Entry));
}

}  // namespace lineup
