// What the tests of LineupEvaluation share: lineups, scored examples, and
// metrics computed example by example.

#ifndef LINEUP_COMMON_LINEAR_LINEUP_EVALUATION_TESTING_H_
#define LINEUP_COMMON_LINEAR_LINEUP_EVALUATION_TESTING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/linear/aligned.h"
#include "common/linear/lineup_evaluation.h"

namespace lineup {

// Candidates whose columns are neither adjacent nor in their order, and whose
// losses differ.
LineupColumns MixedColumns(size_t num_candidates, size_t outputs = 1);

EvaluationSettings SettingsFor(PredictorType type, LossType loss);

// Examples and the scores that a lineup gave them.
struct Scored {
  std::vector<float> labels;
  std::vector<float> weights;  // empty: all 1
  AlignedFloats scores;        // labels.size() x width
};

// With many equal scores.
Scored RandomScores(const EvaluationSettings& settings,
                    const LineupColumns& columns, size_t n, bool weighted,
                    uint64_t seed);

// Of two classes whose scores are all different and overlap a little, so that
// there are long runs of one class.
Scored ClearScores(const LineupColumns& columns, size_t n, uint64_t seed);

// Adds examples [begin, end).
void AddRange(const Scored& data, size_t width, size_t begin, size_t end,
              LineupEvaluation* evaluation);

LineupResults Evaluate(const EvaluationSettings& settings,
                       const LineupColumns& columns, const Scored& data);

// The metrics of one candidate, example by example.
MetricValues OneByOne(const EvaluationSettings& settings,
                      const LineupColumns& columns, const Scored& data,
                      size_t candidate, double threshold);

// Up to rounding.
void ExpectNear(const MetricValues& found, const MetricValues& expected);

// Bit by bit; NaN equals itself.
void ExpectSame(const LineupResults& a, const LineupResults& b);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LINEUP_EVALUATION_TESTING_H_
