#include "server/gradient_sum.h"

#include <array>
#include <map>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr size_t kWidth = 16;

// What one lane pushes: rows, made-up places of them, random gradients.
struct Lane {
  RowSet rows;
  std::vector<WeightStore::RowRef> refs;
  AlignedFloats gradient;

  GradientPart part() const { return {&rows, refs.data(), gradient.data()}; }
};

class GradientSumTest : public testing::Test {
 protected:
  Lane Make(RowSet rows) {
    Lane lane;
    lane.rows = std::move(rows);
    for (size_t i = 0; i < lane.rows.size(); ++i) {
      // Every lane is given the same place for the same row.
      lane.refs.push_back({&places_[lane.rows.row(i)], nullptr});
    }
    lane.gradient.resize(lane.rows.size() * kWidth);
    for (float& g : lane.gradient) {
      // Of very different sizes, so that the order of addition shows.
      g = static_cast<float>((random_.Uniform() - 0.5) *
                             (random_.Below(2) == 0 ? 1e6 : 1e-2));
    }
    return lane;
  }
  Lane Sparse(const std::vector<uint32_t>& rows) {
    std::vector<uint32_t> grouped;
    std::array<uint32_t, kNumStripes + 1> begins{};
    for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
      for (const uint32_t row : rows) {
        if (StripeOfRow(row) == stripe) grouped.push_back(row);
      }
      begins[stripe + 1] = grouped.size();
    }
    return Make(RowSet::Grouped(grouped, begins));
  }

  // Compares all stripes with plain sums, lane after lane, to the bit.
  void ExpectSums(const std::vector<Lane>& lanes) {
    std::map<uint32_t, std::vector<float>> want;
    std::vector<GradientPart> parts;
    for (const Lane& lane : lanes) {
      parts.push_back(lane.part());
      for (size_t i = 0; i < lane.rows.size(); ++i) {
        const float* row = &lane.gradient[i * kWidth];
        auto [sum, is_new] = want.try_emplace(lane.rows.row(i));
        if (is_new) {
          sum->second.assign(row, row + kWidth);
          continue;
        }
        for (size_t k = 0; k < kWidth; ++k) sum->second[k] += row[k];
      }
    }
    size_t rows_seen = 0;
    for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
      sum_.Gather(parts, stripe, kWidth);
      const RowSet& rows = sum_.rows();
      const size_t count = rows.count(stripe);
      AlignedFloats out(count * kWidth);
      sum_(rows.first(stripe), rows.stride(), count, out.data());
      for (size_t j = 0; j < count; ++j) {
        const size_t i = rows.first(stripe) + j * rows.stride();
        const uint32_t row = rows.row(i);
        ASSERT_TRUE(want.count(row)) << row;
        EXPECT_EQ(sum_.refs()[i].row, &places_[row]) << row;
        for (size_t k = 0; k < kWidth; ++k) {
          ASSERT_EQ(out[j * kWidth + k], want[row][k]) << row << " " << k;
        }
      }
      rows_seen += count;
    }
    EXPECT_EQ(rows_seen, want.size());
  }

  SplitMix64 random_{1};
  std::map<uint32_t, float> places_;
  GradientSum sum_;
};

TEST_F(GradientSumTest, OfOneLaneIsItsGradient) {
  ExpectSums({Make(RowSet::All(50))});
  ExpectSums({Sparse({0, 3, 19, 700})});
}

TEST_F(GradientSumTest, OfDenseLanes) {
  ExpectSums(
      {Make(RowSet::All(50)), Make(RowSet::All(50)), Make(RowSet::All(50))});
}

TEST_F(GradientSumTest, OfSparseLanesWithTheSameRows) {
  const std::vector<uint32_t> rows = {0, 3, 19, 35, 700};
  ExpectSums({Sparse(rows), Sparse(rows)});
}

// Some rows of one lane alone, some of several; stripes without rows; stripes
// where lanes agree beside others where they do not.
TEST_F(GradientSumTest, OfSparseLanesIsTheirUnion) {
  ExpectSums({Sparse({0, 3, 16, 19, 35, 700}), Sparse({0, 5, 19, 51, 700}),
              Sparse({0, 3, 5}), Sparse({1000})});
}

TEST_F(GradientSumTest, OfALaneWithoutRows) {
  ExpectSums({Sparse({}), Sparse({1, 2})});
  ExpectSums({Sparse({}), Sparse({})});
}

TEST_F(GradientSumTest, OfDenseLanesOfDifferentWidth) {
  ExpectSums({Make(RowSet::All(20)), Make(RowSet::All(50))});
}

// One object serves a stripe for the whole job: nothing of the sums before may
// be left in it.
TEST_F(GradientSumTest, IsReused) {
  for (int step = 0; step < 20; ++step) {
    std::vector<Lane> lanes;
    for (int lane = 0; lane < 3; ++lane) {
      std::vector<uint32_t> rows = {kBiasRow};
      for (uint32_t row = 1; row < 200; ++row) {
        if (random_.Below(4) == 0) rows.push_back(row);
      }
      lanes.push_back(step % 5 == 4 ? Make(RowSet::All(200)) : Sparse(rows));
    }
    ExpectSums(lanes);
  }
}

TEST_F(GradientSumTest, TheOrderOfLanesShows) {
  Lane a = Make(RowSet::All(1)), b = Make(RowSet::All(1)),
       c = Make(RowSet::All(1));
  a.gradient[0] = 1e8f;
  b.gradient[0] = -1e8f;
  c.gradient[0] = 1;
  const auto sum = [&](std::vector<GradientPart> parts) {
    sum_.Gather(parts, 0, kWidth);
    AlignedFloats out(kWidth);
    sum_(0, kNumStripes, 1, out.data());
    return out[0];
  };
  EXPECT_EQ(sum({a.part(), b.part(), c.part()}), 1.0f);
  EXPECT_EQ(sum({a.part(), c.part(), b.part()}), 0.0f);
}

}  // namespace
}  // namespace lineup
