// The rows that a parameter server holds: weights and optimizer state of all
// candidates, created at first touch, brought up to date lazily.
//
// A row's initial weights are a pure function of (seed, row, candidate,
// output), so any server can create any row at any time. A row lies in memory
// as LineupOptimizer lays it out, on cache-line boundaries, in large chunks
// per stripe in the order of creation; rows move only when candidates are
// dropped or told apart, or slots dropped.
//
// Candidates that have trained the same model so far (CandidateGroups) share
// the columns of one of them: their rows take less memory, and less time to
// update. Rows are read, and gradients given, with those columns or with the
// columns of all candidates.
//
// Thread safety: different stripes may be used by different threads at the
// same time; one stripe by one thread at a time. BeginUpdate, TellApart and
// Keep exclude all other use.

#ifndef LINEUP_SERVER_WEIGHT_STORE_H_
#define LINEUP_SERVER_WEIGHT_STORE_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "common/base/thread_pool.h"
#include "common/linear/aligned.h"
#include "common/linear/candidate_groups.h"
#include "common/linear/column_map.h"
#include "common/linear/gradient_rows.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/optimizer.h"
#include "common/linear/row_set.h"
#include "common/linear/weights_out.h"

namespace lineup {

class WeightStore {
 public:
  // Where a row lies; both pointers stay valid until TellApart, Keep or
  // KeepSlots.
  struct Entry {
    uint32_t position_plus_1;  // in the stripe's chunks; 0: no such row
    uint32_t last_update;
  };
  struct RowRef {
    float* row;
    Entry* entry;
  };

  WeightStore(LineupColumns columns, uint64_t seed);

  const LineupColumns& columns() const { return columns_; }
  size_t width() const { return columns_.width(); }
  uint32_t num_updates() const { return optimizer_.num_updates(); }
  // Of a row, beside its weights.
  size_t num_state_vectors() const { return optimizer_.num_state_vectors(); }
  // Candidates that share columns, after the updates so far.
  const CandidateGroups& groups() const { return groups_; }
  uint32_t num_groups() const { return static_cast<uint32_t>(groups_.size()); }

  // Whether candidates that share columns differ from the next update on.
  bool must_tell_apart() const { return num_updates() >= groups_.same_until(); }
  // Gives them columns of their own. Moves all rows, and needs memory for some
  // chunks of them beside what the store takes afterwards.
  void TellApart(ThreadPool* pool);

  // Starts the next update, for which nobody must be told apart.
  void BeginUpdate(double damping = 1.0);

  // One of the same candidates and seed, after as many updates, without rows.
  WeightStore Empty() const;

  // Finds or creates the rows of one stripe of `rows`; `refs`, laid out by
  // index, remembers where they are.
  void Find(const RowSet& rows, uint32_t stripe, RowRef* refs);

  // What is noted of rows that are read: that they are up to date; or that they
  // have had the next update already, which must then be one of all of them.
  // That saves Update from looking each of them up again.
  enum class Noted { kUpToDate, kUpdated };

  // Finds or creates the rows of one stripe of `rows`, brings them up to date
  // and copies their weights to `out`, laid out by index (rows.size() x width),
  // or, with out.places (which has room for all), says where they are. `refs`,
  // laid out alike, remembers that for Update.
  void Read(const RowSet& rows, uint32_t stripe, RowRef* refs, WeightsOut out,
            Noted noted = Noted::kUpToDate);

  // Applies the current update to the rows of one stripe that Read found.
  // `groups` is whose columns the gradient has, as in LaneGradient; `noted` is
  // what Read was given.
  void Update(const RowSet& rows, uint32_t stripe, const RowRef* refs,
              GradientRows gradient, float inverse_count, uint32_t groups = 0,
              Noted noted = Noted::kUpToDate);

  // The width of rows that have the columns of so many groups; 0: width().
  size_t WidthOf(uint32_t groups) const { return GradientsOf(groups).width; }
  // How gradients with the columns of so many groups become those of groups().
  const ColumnMap& ToGroups(uint32_t groups) const {
    return GradientsOf(groups).to_shared;
  }

  // What the model has learnt in some columns of the rows of one stripe of
  // `rows`, without creating or changing any: `out` is laid out by index
  // (rows.size() x columns.size). A row that there is has the weights that Read
  // would give. For a feature that training has not met they are zero and not
  // the initial weights, which would only add noise to predictions. The bias is
  // what it is.
  void Peek(const RowSet& rows, uint32_t stripe, ColumnRange columns,
            float* out) const;
  // The same for all columns of one row; false if there is no such row.
  bool Peek(uint32_t row, float* out) const;
  // The same for the columns of groups() (rows.size() x their width).
  void PeekGroups(const RowSet& rows, uint32_t stripe, float* out) const;

  // Sets a row's weights before the first update (continuing from a model);
  // those of padding columns are 0. False, and nothing is set, where weights of
  // candidates that share columns differ.
  bool SetWeights(uint32_t row, const float* weights);

  // Drops all candidates but those at the given positions, which ascend: their
  // columns of all rows move together, optimizer state included. From here on
  // they train to the same bits as if the others had stayed. Between two
  // updates; needs memory for one chunk of rows beside the store's own.
  void Keep(absl::Span<const size_t> positions);

  // Rows are shown as they lie, or as they are once brought up to date.
  enum class Shown { kAsTheyLie, kUpToDate };
  // Calls `visit` with every row of a stripe, in ascending order: its number,
  // the last update that moved it, and its 1 + num_state_vectors() vectors of
  // width() floats.
  using VisitRow = absl::FunctionRef<void(uint32_t row, uint32_t last_update,
                                          const float* vectors)>;
  void ForEachRow(uint32_t stripe, Shown shown, VisitRow visit) const;

  // The same for the rows of one slot from `first_row` on, for as long as
  // `visit` says true.
  using VisitSome = absl::FunctionRef<bool(uint32_t row, uint32_t last_update,
                                           const float* vectors)>;
  void ForEachRowOfSlot(uint32_t slot, uint32_t first_row, Shown shown,
                        VisitSome visit) const;

  // Goes on from what ForEachRow showed of another store of the same candidates
  // and seed: FastForward once, before any row, then each row, which must not
  // be there already. `vectors` is aligned as a row. Of candidates that share
  // columns the first one's are taken.
  void FastForward(uint32_t num_updates);
  void Insert(uint32_t row, uint32_t last_update, const float* vectors);

  // Forgets the rows of a stripe that are not of these slots. What it costs
  // depends on how many these are, not on how many stay.
  void KeepSlots(uint32_t stripe, const std::bitset<kNumSlots>& slots);
  // Copies those rows of a stripe of another store of the same candidates and
  // seed, after as many updates, that are of these slots; none of them is here
  // already.
  void CopyRows(uint32_t stripe, const WeightStore& other,
                const std::bitset<kNumSlots>& slots);

  uint64_t num_rows() const;
  // Of the rows that there are and of what finds them.
  uint64_t bytes() const { return BytesOf(layout_.row_bytes()); }
  // The same once all candidates have been told apart.
  uint64_t bytes_told_apart() const { return BytesOf(row_bytes_told_apart_); }
  // A row adds at most so much to these.
  uint64_t max_row_bytes() const {
    return row_bytes_told_apart_ + sizeof(Page);
  }
  // About what bytes_told_apart() would be with all of `rows`; creates none.
  uint64_t BytesWith(const RowSet& rows) const;

 private:
  static constexpr uint32_t kPageEntries = 64;
  using Page = std::array<Entry, kPageEntries>;
  struct FreeDeleter {
    void operator()(float* p) const;
  };
  using Chunks = std::vector<std::unique_ptr<float, FreeDeleter>>;
  struct Stripe {
    std::vector<std::unique_ptr<Page>> pages;  // by row / kNumStripes
    Chunks chunks;
    uint32_t num_rows = 0;
    uint32_t num_pages = 0;  // that are there
  };
  // How rows lie in chunks.
  struct Layout {
    explicit Layout(size_t floats);  // of a row
    float* RowAt(const Chunks& chunks, uint32_t position) const {
      return chunks[position >> chunk_shift].get() +
             (position & (chunk_rows() - 1)) * row_floats;
    }
    uint32_t chunk_rows() const { return uint32_t{1} << chunk_shift; }
    uint64_t row_bytes() const { return row_floats * sizeof(float); }

    size_t row_floats;     // whole cache lines
    uint32_t chunk_shift;  // log2 of rows in a chunk
  };

  Entry* FindOrAddEntry(Stripe& stripe, uint32_t row);
  // Find of one row of a stripe in two steps; the first asks for the memory
  // that the second needs.
  void LocateEntry(uint32_t row, uint32_t stripe, RowRef* ref);
  void LocateRow(uint32_t row, uint32_t stripe, RowRef* ref);
  // Where the entry of a row is, if anywhere; it may say that there is no row.
  const Entry* EntryOf(uint32_t row) const;
  // The entry of a row that there is, or null.
  const Entry* FindEntry(uint32_t row) const;
  float* RowAt(const Stripe& stripe, uint32_t position) const {
    return layout_.RowAt(stripe.chunks, position);
  }
  float* Create(Stripe& stripe, uint32_t row, Entry* entry);
  void AddChunk(Stripe& stripe);
  // Makes the groups those of `columns` as they are after update `update`; the
  // candidate at position c of them goes on as the one at sources[c] of
  // columns().
  void Regroup(LineupColumns columns, CandidateGroupings groupings,
               absl::Span<const size_t> sources, int64_t update,
               ThreadPool* pool);
  // Copies a stripe's rows out of chunks of another layout and lineup.
  void MoveRows(const Layout& before, size_t width_before,
                const ColumnMap& columns, Stripe* stripe);
  // Regroup of the same candidates.
  void RegroupAfter(int64_t update, ThreadPool* pool);
  // What follows from the columns, the groups and the optimizer.
  void MapColumns();
  // How gradients of some groups become those of the columns in memory.
  struct GradientColumns {
    size_t width;
    ColumnMap to_shared;
  };
  const GradientColumns& GradientsOf(uint32_t groups) const;
  // The columns that a row has in memory.
  const LineupColumns& shared_columns() const { return optimizer_.columns(); }
  // Where the columns of one candidate lie in memory, or some of them; nullopt:
  // others.
  std::optional<ColumnRange> SharedRange(ColumnRange columns) const;
  // All of a gradient's columns.
  const ColumnMap& gather() const { return GradientsOf(0).to_shared; }
  // What ForEachRow shows of a row; `scratch` has room for it.
  const float* Show(Shown shown, uint32_t row, const float* held,
                    uint32_t* last_update, AlignedFloats* scratch) const;
  uint64_t BytesOf(uint64_t row_bytes) const;
  // Initial weights and state.
  void Initialize(uint32_t row, float* floats) const;
  // Of a row that is to be caught up to an update: every one moves the bias.
  static uint32_t LastUpdate(uint32_t row, const Entry& entry,
                             uint32_t to_update) {
    return row == kBiasRow ? to_update : entry.last_update;
  }
  // Room for weights of a row, in memory and of all candidates.
  struct PeekScratch {
    explicit PeekScratch(const WeightStore& store)
        : shared(store.shared_columns().width()), all(store.width()) {}
    AlignedFloats shared, all;
  };
  // Peek of a row that is where `entry` says; null: nowhere.
  void PeekEntry(uint32_t row, const Entry* entry, ColumnRange columns,
                 PeekScratch* scratch, float* out) const;
  // The same for columns in memory.
  void PeekShared(uint32_t row, const Entry* entry, ColumnRange columns,
                  float* out) const;
  // Calls visit(index, entry) for each row of a stripe of `rows`, having asked
  // for the memory of those columns; entry is null where there is no row.
  template <typename Visit>
  void ForEntries(const RowSet& rows, uint32_t stripe, ColumnRange shared,
                  Visit visit) const;

  LineupColumns columns_;
  CandidateGroupings groupings_;
  CandidateGroups groups_;     // after the updates so far
  LineupOptimizer optimizer_;  // of the first candidate of each group
  ColumnMap spread_;           // from the columns in memory to columns_
  std::vector<GradientColumns> gradients_;  // by groupings_.all()
  uint64_t seed_;
  Layout layout_;
  uint64_t row_bytes_told_apart_ = 0;
  std::array<Stripe, kNumStripes> stripes_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_WEIGHT_STORE_H_
