#include "server/weight_store.h"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/linear/initial_weight.h"
#include "glog/logging.h"

namespace lineup {
namespace {

constexpr size_t kChunkBytes = 16 << 20;  // at most
constexpr size_t kPrefetchRows = 6;
// Rows whose gradients are computed together, in the first-level cache.
constexpr size_t kUpdateRows = 16;

void PrefetchRow(const float* row, size_t floats) {
  constexpr size_t kFloatsPerLine = kCacheLineBytes / sizeof(float);
  // Long rows are found by the hardware prefetcher after the first lines.
  const size_t lines =
      std::min<size_t>(12, (floats + kFloatsPerLine - 1) / kFloatsPerLine);
  for (size_t i = 0; i < lines; ++i) {
    __builtin_prefetch(row + i * kFloatsPerLine, 1);
  }
}

}  // namespace

void WeightStore::FreeDeleter::operator()(float* p) const { std::free(p); }

WeightStore::WeightStore(LineupColumns columns, uint64_t seed)
    : columns_(std::move(columns)), optimizer_(columns_), seed_(seed) {
  constexpr size_t kFloatsPerLine = kCacheLineBytes / sizeof(float);
  row_floats_ = (optimizer_.row_floats() + kFloatsPerLine - 1) /
                kFloatsPerLine * kFloatsPerLine;
  chunk_shift_ = 0;
  while ((row_floats_ * sizeof(float)) << (chunk_shift_ + 1) <= kChunkBytes) {
    ++chunk_shift_;
  }
}

WeightStore::Entry* WeightStore::FindOrAddEntry(Stripe& stripe, uint32_t row) {
  const uint32_t local = row / kNumStripes;
  const uint32_t page = local / kPageEntries;
  if (page >= stripe.pages.size()) {
    stripe.pages.resize(std::max<size_t>(page + 1, stripe.pages.size() * 2));
  }
  if (stripe.pages[page] == nullptr) {
    stripe.pages[page] = std::make_unique<Page>();
  }
  return &(*stripe.pages[page])[local % kPageEntries];
}

const WeightStore::Entry* WeightStore::FindEntry(uint32_t row) const {
  const Stripe& stripe = stripes_[StripeOfRow(row)];
  const uint32_t local = row / kNumStripes;
  const uint32_t page = local / kPageEntries;
  if (page >= stripe.pages.size() || stripe.pages[page] == nullptr) {
    return nullptr;
  }
  const Entry& entry = (*stripe.pages[page])[local % kPageEntries];
  return entry.position_plus_1 == 0 ? nullptr : &entry;
}

float* WeightStore::Create(Stripe& stripe, uint32_t row, Entry* entry) {
  const uint32_t position = stripe.num_rows++;
  if (position >> chunk_shift_ >= stripe.chunks.size()) {
    const size_t bytes = (row_floats_ * sizeof(float)) << chunk_shift_;
    void* chunk = nullptr;
    CHECK_EQ(posix_memalign(&chunk, kHugePageBytes, bytes), 0)
        << "out of memory for weights: " << num_rows() << " rows of "
        << row_floats_ * sizeof(float) << " bytes are held already";
    // Large models need huge pages; a small one stays in small pages.
    const size_t skip = stripe.chunks.empty() ? kHugePageBytes : 0;
    if (bytes > skip) {
      madvise(static_cast<char*>(chunk) + skip, bytes - skip, MADV_HUGEPAGE);
    }
    stripe.chunks.emplace_back(static_cast<float*>(chunk));
  }
  entry->position_plus_1 = position + 1;
  entry->last_update = 0;
  float* weights = RowAt(stripe, position);
  std::memset(weights, 0, row_floats_ * sizeof(float));
  Initialize(row, weights);
  return weights;
}

void WeightStore::Initialize(uint32_t row, float* weights) const {
  for (size_t c = 0; c < columns_.num_candidates(); ++c) {
    const Candidate& candidate = columns_.candidates()[c];
    float* out = weights + columns_.first_column(c);
    for (size_t o = 0; o < columns_.outputs(); ++o) {
      if (row == kBiasRow) {
        out[o] = static_cast<float>(candidate.init_bias);
      } else if (candidate.optimizer == OptimizerType::kFtrl) {
        out[o] = 0.0f;  // ftrl's weights are a function of its state
      } else {
        out[o] = InitialWeight(candidate, seed_, row, o);
      }
    }
  }
}

void WeightStore::Find(const RowSet& rows, uint32_t stripe_index,
                       RowRef* refs) {
  Stripe& stripe = stripes_[stripe_index];
  const size_t first = rows.first(stripe_index);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe_index);
  // Two passes, the first asking for the memory of the second.
  for (size_t j = 0; j < count; ++j) {
    const size_t i = first + j * stride;
    refs[i].entry = FindOrAddEntry(stripe, rows.row(i));
    __builtin_prefetch(refs[i].entry, 1);
  }
  for (size_t j = 0; j < count; ++j) {
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
  Find(rows, stripe, refs);
  const size_t first = rows.first(stripe);
  const size_t stride = rows.stride();
  const size_t count = rows.count(stripe);
  const size_t width = this->width();
  for (size_t j = 0; j < count; ++j) {
    if (j + kPrefetchRows < count) {
      PrefetchRow(refs[first + (j + kPrefetchRows) * stride].row, row_floats_);
    }
    const size_t i = first + j * stride;
    if (rows.row(i) != kBiasRow) {
      optimizer_.CatchUp(refs[i].entry->last_update, optimizer_.num_updates(),
                         refs[i].row);
    }
    refs[i].entry->last_update = optimizer_.num_updates();
    std::memcpy(out + i * width, refs[i].row, width * sizeof(float));
  }
}

void WeightStore::Update(const RowSet& rows, uint32_t stripe,
                         const RowRef* refs, GradientRows gradient,
                         float inverse_count) {
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
      __builtin_prefetch(ref.entry, 1);
      PrefetchRow(ref.row, row_floats_);
    }
    gradient(first + j * stride, stride, n, sums.data());
    for (size_t r = 0; r < n; ++r) {
      const size_t i = first + (j + r) * stride;
      const bool bias = rows.row(i) == kBiasRow;
      uint32_t& last_update = refs[i].entry->last_update;
      if (!bias) {  // other lanes may have updated the model since Read
        optimizer_.CatchUp(last_update, current - 1, refs[i].row);
      }
      optimizer_.Update(bias ? RowKind::kBias : RowKind::kFeature,
                        &sums[r * width], inverse_count, refs[i].row);
      last_update = current;
    }
  }
}

bool WeightStore::Peek(uint32_t row, float* out) const {
  const Entry* entry = FindEntry(row);
  AlignedFloats copy(row_floats_);
  if (entry == nullptr) {
    Initialize(row, copy.data());
  } else {
    const float* held =
        RowAt(stripes_[StripeOfRow(row)], entry->position_plus_1 - 1);
    std::copy(held, held + row_floats_, copy.begin());
    if (row != kBiasRow) {
      optimizer_.CatchUp(entry->last_update, optimizer_.num_updates(),
                         copy.data());
    }
  }
  std::copy(copy.begin(), copy.begin() + width(), out);
  return entry != nullptr;
}

void WeightStore::SetWeights(uint32_t row, const float* weights) {
  Stripe& stripe = stripes_[StripeOfRow(row)];
  Entry* entry = FindOrAddEntry(stripe, row);
  float* held = entry->position_plus_1 == 0
                    ? Create(stripe, row, entry)
                    : RowAt(stripe, entry->position_plus_1 - 1);
  std::copy(weights, weights + width(), held);
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
        stripe.chunks.size() * ((row_floats_ * sizeof(float)) << chunk_shift_);
    for (const auto& page : stripe.pages) {
      sum += page == nullptr ? 0 : sizeof(Page);
    }
  }
  return sum;
}

}  // namespace lineup
