#include "worker/dense_products.h"

#include <algorithm>
#include <type_traits>

#include "common/base/prefetch.h"
#include "common/linear/aligned.h"

namespace lineup {
namespace {

// A tile of results is kept in 12 of the 16 vector registers: 6 x 16 or, where
// only 8 columns are left, 12 x 8. That keeps both multiply-add units busy
// (their latency is 4 cycles or 5) and leaves room for the operands.
constexpr size_t kTileVectors = 12;

template <int kBlocks>
constexpr size_t kTileRows = kTileVectors / kBlocks;

// Columns of W or D that belong to a tile are copied side by side first, into
// a panel for the first-level cache.
constexpr size_t kPanelRows = 256;

constexpr size_t kFloatsPerLine = kCacheLineBytes / sizeof(float);

// Asks for rows that will be needed later, a few cache lines at a time: more
// than the core can keep track of would make it stand still. Rows are taken
// eight by eight, so that several address translations are under way at once.
class RowPrefetcher {
 public:
  // To be spread evenly over `calls` calls of Next.
  RowPrefetcher(DenseRows rows, size_t features, size_t calls)
      : rows_(rows), lines_per_row_(features / kFloatsPerLine + 1) {
    const size_t lines = rows.size() * lines_per_row_;
    lines_per_call_ = (lines + calls - 1) / std::max<size_t>(calls, 1);
  }

  void Next() {
    for (size_t i = 0; i < lines_per_call_ && group_ < rows_.size(); ++i) {
      PrefetchFar(rows_[group_ + row_] + line_ * kFloatsPerLine);
      if (++row_ < std::min(kGroupRows, rows_.size() - group_)) continue;
      row_ = 0;
      if (++line_ < lines_per_row_) continue;
      line_ = 0;
      group_ += kGroupRows;
    }
  }

 private:
  static constexpr size_t kGroupRows = 8;

  DenseRows rows_;
  size_t lines_per_row_;
  size_t lines_per_call_;
  size_t group_ = 0;  // first row of the group
  size_t row_ = 0;    // within the group
  size_t line_ = 0;   // of the row
};

// How many tiles a product has, to spread prefetching over.
size_t NumTiles(size_t rows, size_t width) {
  const size_t pairs = width / (2 * kBlockColumns);
  const size_t single = width / kBlockColumns % 2;
  return pairs * (rows / kTileRows<2>)+single * (rows / kTileRows<1>);
}

// `rows` rows of kBlocks blocks of columns, side by side.
template <int kBlocks>
void CopyPanel(const float* matrix, size_t width, size_t rows, float* panel) {
  for (size_t r = 0; r < rows; ++r) {
    for (int b = 0; b < kBlocks; ++b) {
      Store8(panel, Load8(matrix + r * width + b * kBlockColumns));
      panel += kBlockColumns;
    }
  }
}

// A tile of a result, kRows x kBlocks vectors in registers.
template <int kRows, int kBlocks>
struct Tile {
  Float8 at[kRows][kBlocks] = {};

  void Load(const float* from, size_t width) {
    for (int r = 0; r < kRows; ++r) {
      for (int b = 0; b < kBlocks; ++b) {
        at[r][b] = Load8(from + r * width + b * kBlockColumns);
      }
    }
  }
  void Store(float* to, size_t width) const {
    for (int r = 0; r < kRows; ++r) {
      for (int b = 0; b < kBlocks; ++b) {
        Store8(to + r * width + b * kBlockColumns, at[r][b]);
      }
    }
  }
  void AddTo(float* to, size_t width) const {
    for (int r = 0; r < kRows; ++r) {
      for (int b = 0; b < kBlocks; ++b) {
        float* const sum = to + r * width + b * kBlockColumns;
        Store8(sum, Load8(sum) + at[r][b]);
      }
    }
  }
  // += the column value_of(0), ..., value_of(kRows - 1) times a row.
  template <typename ValueOf>
  void AddOuterProduct(ValueOf value_of, const float* row) {
    Float8 factor[kBlocks];
    for (int b = 0; b < kBlocks; ++b) {
      factor[b] = Load8(row + b * kBlockColumns);
    }
    for (int r = 0; r < kRows; ++r) {
      const Float8 value = Broadcast8(value_of(r));
      for (int b = 0; b < kBlocks; ++b) {
        at[r][b] = MultiplyAdd8(value, factor[b], at[r][b]);
      }
    }
  }
};

// scores += X * panel, for kRows rows and `features` features.
template <int kRows, int kBlocks>
void AddToScores(const float* const* rows, size_t first_feature,
                 size_t features, const float* panel, float* scores,
                 size_t width) {
  const float* x[kRows];
  for (int r = 0; r < kRows; ++r) x[r] = rows[r] + first_feature;
  Tile<kRows, kBlocks> tile;
  tile.Load(scores, width);
  for (size_t f = 0; f < features; ++f) {
    tile.AddOuterProduct([&x, f](int r) { return x[r][f]; },
                         panel + f * kBlocks * kBlockColumns);
  }
  tile.Store(scores, width);
}

// gradient += X^T * panel, for all rows and kFeatures features.
template <int kFeatures, int kBlocks>
void AddToGradient(DenseRows rows, size_t first_feature, const float* panel,
                   float* gradient, size_t width) {
  Tile<kFeatures, kBlocks> tile;
  for (const float* row : rows) {
    const float* const x = row + first_feature;
    tile.AddOuterProduct([x](int f) { return x[f]; }, panel);
    panel += kBlocks * kBlockColumns;
  }
  tile.AddTo(gradient, width);
}

// Calls function(std::integral_constant<int, n>) for n in 1 ... kMax.
template <int kMax, typename Function>
void WithConstant(size_t n, Function function) {
  if constexpr (kMax > 0) {
    if (n == kMax) {
      function(std::integral_constant<int, kMax>());
    } else {
      WithConstant<kMax - 1>(n, function);
    }
  }
}

template <int kBlocks>
void ScoreColumns(DenseRows rows, size_t features, const float* weights,
                  size_t width, RowPrefetcher* prefetcher, float* scores) {
  constexpr size_t kRows = kTileRows<kBlocks>;
  alignas(kCacheLineBytes) float panel[kPanelRows * kBlocks * kBlockColumns];
  for (size_t begin = 0; begin < features; begin += kPanelRows) {
    const size_t n = std::min(kPanelRows, features - begin);
    CopyPanel<kBlocks>(weights + begin * width, width, n, panel);
    size_t r = 0;
    for (; r + kRows <= rows.size(); r += kRows) {
      prefetcher->Next();
      AddToScores<kRows, kBlocks>(&rows[r], begin, n, panel, scores + r * width,
                                  width);
    }
    WithConstant<kRows - 1>(rows.size() - r, [&](auto last) {
      AddToScores<last, kBlocks>(&rows[r], begin, n, panel, scores + r * width,
                                 width);
    });
  }
}

// At most kPanelRows rows.
template <int kBlocks>
void AddGradientColumns(DenseRows rows, size_t features,
                        const float* derivatives, size_t width,
                        RowPrefetcher* prefetcher, float* bias_gradient,
                        float* gradient) {
  constexpr size_t kFeatures = kTileRows<kBlocks>;
  alignas(kCacheLineBytes) float panel[kPanelRows * kBlocks * kBlockColumns];
  CopyPanel<kBlocks>(derivatives, width, rows.size(), panel);
  for (int b = 0; b < kBlocks; ++b) {
    float* const bias = bias_gradient + b * kBlockColumns;
    Float8 sum = Zero8();
    for (size_t r = 0; r < rows.size(); ++r) {
      sum += Load8(panel + (r * kBlocks + b) * kBlockColumns);
    }
    Store8(bias, Load8(bias) + sum);
  }
  size_t f = 0;
  for (; f + kFeatures <= features; f += kFeatures) {
    prefetcher->Next();
    AddToGradient<kFeatures, kBlocks>(rows, f, panel, gradient + f * width,
                                      width);
  }
  WithConstant<kFeatures - 1>(features - f, [&](auto last) {
    AddToGradient<last, kBlocks>(rows, f, panel, gradient + f * width, width);
  });
}

}  // namespace

void DenseScores(DenseRows rows, size_t features, const float* bias,
                 const float* weights, size_t width, DenseRows upcoming,
                 float* scores) {
  for (size_t r = 0; r < rows.size(); ++r) {
    std::copy(bias, bias + width, scores + r * width);
  }
  const size_t panels = (features + kPanelRows - 1) / kPanelRows;
  RowPrefetcher prefetcher(upcoming, features,
                           panels * NumTiles(rows.size(), width));
  size_t column = 0;
  for (; column + 2 * kBlockColumns <= width; column += 2 * kBlockColumns) {
    ScoreColumns<2>(rows, features, weights + column, width, &prefetcher,
                    scores + column);
  }
  if (column < width) {
    ScoreColumns<1>(rows, features, weights + column, width, &prefetcher,
                    scores + column);
  }
}

void AddDenseGradient(DenseRows rows, size_t features, const float* derivatives,
                      size_t width, DenseRows upcoming, float* bias_gradient,
                      float* gradient) {
  const size_t panels = (rows.size() + kPanelRows - 1) / kPanelRows;
  RowPrefetcher prefetcher(upcoming, features,
                           panels * NumTiles(features, width));
  for (size_t begin = 0; begin < rows.size(); begin += kPanelRows) {
    const DenseRows part = rows.subspan(begin, kPanelRows);
    const float* d = derivatives + begin * width;
    size_t column = 0;
    for (; column + 2 * kBlockColumns <= width; column += 2 * kBlockColumns) {
      AddGradientColumns<2>(part, features, d + column, width, &prefetcher,
                            bias_gradient + column, gradient + column);
    }
    if (column < width) {
      AddGradientColumns<1>(part, features, d + column, width, &prefetcher,
                            bias_gradient + column, gradient + column);
    }
  }
}

void PrefetchDenseRows(DenseRows rows, size_t features) {
  RowPrefetcher(rows, features, 1).Next();
}

}  // namespace lineup
