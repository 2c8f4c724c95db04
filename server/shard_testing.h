#ifndef LINEUP_SERVER_SHARD_TESTING_H_
#define LINEUP_SERVER_SHARD_TESTING_H_

// For tests of shards: three candidates, and lanes that are driven as workers
// drive them.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "server/shard.h"

namespace lineup {

inline LineupColumns TestColumns(OptimizerType optimizer) {
  std::vector<Candidate> candidates(3);
  for (int i = 0; i < 3; ++i) {
    candidates[i].index = i;
    candidates[i].optimizer = optimizer;
    candidates[i].wd = 0.01 * i;
    candidates[i].l1 = 0.001 * i;
    candidates[i].learning_rate = 0.1;
    candidates[i].schedule.learning_rate = 0.1;
  }
  return LineupColumns(std::move(candidates), 1);
}

// The rows `rows` grouped by stripe.
inline RowSet Rows(std::vector<uint32_t> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](uint32_t a, uint32_t b) {
    return StripeOfRow(a) < StripeOfRow(b);
  });
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (const uint32_t row : rows) ++begins[StripeOfRow(row) + 1];
  for (uint32_t s = 0; s < kNumStripes; ++s) begins[s + 1] += begins[s];
  return RowSet::Grouped(std::move(rows), begins);
}

// A lane as a worker drives it. Its gradient is a function of the weights that
// it pulled and of its name, as real gradients are.
class TestLane {
 public:
  TestLane(uint32_t lane, Shard* shard) : lane_(lane), shard_(*shard) {}

  void Pull(uint64_t clock, RowSet rows) {
    rows_ = std::move(rows);
    weights_.assign(rows_.size() * shard_.columns().width(), -1.0f);
    pulled_ = false;
    status_ = absl::OkStatus();
    shard_.Pull({lane_, clock}, rows_, weights_.data(), KeepAnswer());
  }

  absl::Status Push(uint64_t clock, uint64_t examples = 2) {
    const std::vector<double> losses = {1.0 * examples, 2, 3};
    const auto rows = Gradient(clock);
    return shard_.Push({lane_, clock}, rows_, {rows, examples, losses});
  }

  // Push, and pull of `next_rows` at the clock after.
  void PushAndPull(uint64_t clock, RowSet next_rows, uint64_t examples = 2) {
    const std::vector<double> losses = {1.0 * examples, 2, 3};
    const auto rows = Gradient(clock);
    std::vector<float> next_weights(next_rows.size() * shard_.columns().width(),
                                    -1.0f);
    pulled_ = false;
    shard_.PushAndPull({lane_, clock}, rows_, {rows, examples, losses},
                       next_rows, next_weights.data(), KeepAnswer());
    if (!pulled_) return;
    rows_ = std::move(next_rows);
    weights_ = std::move(next_weights);
  }

  absl::Status Finish(uint64_t clock) {
    return shard_.FinishLane({lane_, clock});
  }

  uint32_t lane() const { return lane_; }
  bool pulled() const { return pulled_; }
  const absl::Status& status() const { return status_; }
  const std::vector<float>& weights() const { return weights_; }

 private:
  Shard::Done KeepAnswer() {
    return [this](absl::Status status) {
      pulled_ = status.ok();
      status_ = std::move(status);
    };
  }

  std::function<void(size_t, size_t, size_t, float*)> Gradient(
      uint64_t clock) const {
    return
        [this, clock](size_t first, size_t stride, size_t count, float* out) {
          const size_t width = shard_.columns().width();
          for (size_t j = 0; j < count; ++j) {
            const size_t i = first + j * stride;
            for (size_t k = 0; k < width; ++k) {
              out[j * width + k] =
                  k >= 3 ? 0.0f
                         : weights_[i * width + k] +
                               static_cast<float>(
                                   UniformFromHash(HashMix(
                                       rows_.row(i), lane_ * 1000 + clock, k)) -
                                   0.5);
            }
          }
        };
  }

  uint32_t lane_;
  Shard& shard_;
  RowSet rows_;
  std::vector<float> weights_;
  bool pulled_ = false;
  absl::Status status_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SHARD_TESTING_H_
