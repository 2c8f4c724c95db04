#include "common/linear/candidate_weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

// Three candidates of `outputs` columns, of two optimizers.
LineupColumns Columns(size_t outputs) {
  std::vector<Candidate> candidates(3);
  candidates[1].optimizer = OptimizerType::kSgd;
  for (int i = 0; i < 3; ++i) candidates[i].index = i;
  return LineupColumns(candidates, outputs);
}

// A number that tells row and column.
float Value(uint32_t row, size_t column) { return row + column / 64.0f; }

TEST(CandidateWeightsTest, CopiesTheColumnsOfOneCandidate) {
  // More features than are read at a time.
  constexpr uint32_t kFeatures = 100'000;
  constexpr size_t kOutputs = 3;
  const LineupColumns columns = Columns(kOutputs);
  for (size_t candidate = 0; candidate < 3; ++candidate) {
    int calls = 0;
    uint64_t rows_read = 0;
    const CandidateWeights copy =
        CopyCandidate(
            columns, candidate, kFeatures,
            [&](const RowSet& rows, std::optional<size_t> asked, float* out) {
              EXPECT_EQ(asked, candidate);
              ++calls;
              rows_read += rows.size();
              for (size_t i = 0; i < rows.size(); ++i) {
                for (size_t o = 0; o < kOutputs; ++o) {
                  *out++ =
                      Value(rows.row(i), columns.first_column(candidate) + o);
                }
              }
              return absl::OkStatus();
            })
            .value();
    // A megabyte of them at a time.
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(rows_read, kFeatures + 1);
    ASSERT_EQ(copy.num_features, kFeatures);
    ASSERT_EQ(copy.weights.size(), kFeatures * kOutputs);
    ASSERT_EQ(copy.bias.size(), kOutputs);
    const size_t first = columns.first_column(candidate);
    for (size_t o = 0; o < kOutputs; ++o) {
      EXPECT_EQ(copy.bias[o], Value(kBiasRow, first + o));
      for (uint32_t f = 0; f < kFeatures; ++f) {
        ASSERT_EQ(copy.weights[f * kOutputs + o],
                  Value(RowOfFeature(f), first + o))
            << "feature " << f << " output " << o;
      }
    }
  }
}

TEST(CandidateWeightsTest, AModelWithoutFeaturesHasItsBias) {
  const LineupColumns columns = Columns(1);
  const CandidateWeights copy =
      CopyCandidate(columns, 2, 0,
                    [](const RowSet& rows, std::optional<size_t>, float* out) {
                      std::fill_n(out, rows.size(), 0.5f);
                      return absl::OkStatus();
                    })
          .value();
  EXPECT_TRUE(copy.weights.empty());
  EXPECT_EQ(copy.bias, std::vector<float>{0.5f});
}

TEST(CandidateWeightsTest, AFailedReadIsTheResult) {
  const absl::Status lost = absl::UnavailableError("server 2 is gone");
  const auto copy = CopyCandidate(
      Columns(1), 0, 9,
      [&](const RowSet&, std::optional<size_t>, float*) { return lost; });
  EXPECT_EQ(copy.status(), lost);
}

TEST(CandidateWeightsTest, ReadsItBackAsALineupOfOne) {
  const LineupColumns alone(std::vector<Candidate>(1), 2);
  CandidateWeights weights;
  weights.num_features = 3;
  weights.weights = {1, 2, 3, 4, 5, 6};
  weights.bias = {7, 8};
  // Row 40 is a feature beyond the weights'.
  std::vector<uint32_t> listed;
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
    for (const uint32_t row : {0, 1, 3, 40}) {
      if (StripeOfRow(row) == stripe) listed.push_back(row);
    }
    begins[stripe + 1] = listed.size();
  }
  const RowSet rows = RowSet::Grouped(listed, begins);
  std::vector<float> out(rows.size() * alone.width(), NAN);
  ReadCandidate(weights, alone, rows, out.data());
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows.row(i);
    const float first = row == 0 ? 7 : row == 1 ? 1 : row == 3 ? 5 : 0;
    for (size_t k = 0; k < alone.width(); ++k) {
      const float want = k > 1 || row == 40 ? 0 : first + k;
      EXPECT_EQ(out[i * alone.width() + k], want) << row << " " << k;
    }
  }
}

}  // namespace
}  // namespace lineup
