#include "common/data/tensor_rows.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = TensorRows::Outcome;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Tensor Dense(std::vector<float> values, std::vector<uint64_t> shape = {}) {
  Tensor tensor;
  tensor.values = std::move(values);
  tensor.shape = std::move(shape);
  return tensor;
}

Tensor Sparse(std::vector<uint64_t> keys, std::vector<float> values,
              std::vector<uint64_t> shape) {
  Tensor tensor = Dense(std::move(values), std::move(shape));
  tensor.keys = std::move(keys);
  return tensor;
}

// What a record of `features` and `label` does to a block of three features:
// nothing, or the error.
std::string ErrorOf(Tensor features, const Tensor* label,
                    LabelDomain domain = {}) {
  TensorRows rows({false, 3, true}, domain, {});
  Examples block;
  rows.Start(1, &block);
  TensorError error;
  if (rows.Append(&features, label, &block, &error) == Outcome::kTaken) {
    EXPECT_EQ(block.size(), 1u);
    return "";
  }
  EXPECT_THAT(block.labels, IsEmpty());
  EXPECT_THAT(block.values, IsEmpty());
  return absl::StrCat("(", error.name, ") ", error.message);
}

TEST(TensorRowsTest, MakesDenseRowsOfBothKinds) {
  TensorRows rows({false, 3, true}, {}, {});
  Examples block;
  rows.Start(10, &block);
  EXPECT_FALSE(block.sparse);
  EXPECT_EQ(block.num_features, 3u);
  TensorError error;
  const Tensor label = Dense({7});
  for (Tensor features : {Dense({1, 2, 3}), Dense({4, 5, 6}, {1, 3}),
                          Sparse({2, 0}, {8, 9}, {3}), Sparse({}, {}, {3})}) {
    EXPECT_EQ(rows.Append(&features, &label, &block, &error), Outcome::kTaken);
  }
  EXPECT_THAT(block.values, ElementsAre(1, 2, 3, 4, 5, 6, 9, 0, 8, 0, 0, 0));
  EXPECT_THAT(block.labels, ElementsAre(7, 7, 7, 7));
}

TEST(TensorRowsTest, MakesSparseRowsOfBothKinds) {
  TensorRows rows({true, 200, false}, {}, {});
  Examples block;
  rows.Start(10, &block);
  EXPECT_TRUE(block.sparse);
  EXPECT_EQ(block.size(), 0u);
  TensorError error;
  std::vector<float> dense(200);
  dense[3] = 4;
  dense[199] = -1;
  for (Tensor features :
       {Sparse({100, 20}, {1, 2}, {10, 20}), Sparse({}, {}, {200}),
        Dense(dense), Sparse({0, 199}, {0, 5}, {200})}) {
    EXPECT_EQ(rows.Append(&features, nullptr, &block, &error), Outcome::kTaken);
  }
  EXPECT_THAT(block.row_starts, ElementsAre(0, 2, 2, 4, 6));
  EXPECT_THAT(block.feature_ids, ElementsAre(20, 100, 3, 199, 0, 199));
  EXPECT_THAT(block.values, ElementsAre(2, 1, 4, -1, 0, 5));
  EXPECT_THAT(block.labels, IsEmpty());
}

TEST(TensorRowsTest, RefusesFeaturesThatDoNotFit) {
  const Tensor label = Dense({1});
  const auto error_of = [&](const Tensor& features) {
    return ErrorOf(features, &label);
  };
  EXPECT_EQ(error_of(Dense({1, 2})),
            "() found 2 features, expected 3 (feature_dim is 3); correct the "
            "record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Sparse({0}, {1}, {1})),
            "() found 1 feature, expected 3 (feature_dim is 3); correct the "
            "record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Dense({})),
            "() found no values, expected a number for every feature; correct "
            "the record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Dense({1, 2}, {1, 3})),
            "() found 2 values, expected 3 as the shape [1, 3] says; correct "
            "the record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Sparse({}, {}, {2, 0})),
            "() found the shape [2, 0], expected one feature at least; correct "
            "the record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Sparse({0}, {1}, {})),
            "() found keys without a shape, expected the number of features as "
            "the shape of a sparse record; add it");
  EXPECT_EQ(error_of(Sparse({0, 1}, {1}, {3})),
            "() found 2 keys and 1 values, expected one value for each key; "
            "correct the record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Sparse({0, 3}, {1, 1}, {3})),
            "(feature 3) found key 3, expected keys from 0 to 2 as the shape "
            "says; correct the record, or skip such records with "
            "--max-bad-records");
  EXPECT_EQ(error_of(Sparse({1, 0, 1}, {1, 1, 1}, {3})),
            "(feature 1) found key 1 twice in the record, expected every key "
            "once; add the values up or drop one");
}

TEST(TensorRowsTest, RefusesShapesBeyondAllBounds) {
  uint32_t width = 0;
  EXPECT_FALSE(TensorWidth(Sparse({}, {}, {65537, 65535}), &width));
  EXPECT_EQ(width, 4294967295u);
  const uint64_t kHuge = uint64_t{1} << 63;
  for (const std::vector<uint64_t>& shape :
       {std::vector<uint64_t>{65536, 65536},
        {4294967296},
        {kHuge, 2},
        {kHuge, kHuge},
        {4294967295, 4294967295, 4294967295}}) {
    const auto error = TensorWidth(Sparse({}, {}, shape), &width);
    ASSERT_TRUE(error);
    EXPECT_THAT(error->message,
                testing::HasSubstr("expected fewer than 4294967296 features"));
  }
}

TEST(TensorRowsTest, RefusesValuesThatAreNotFinite) {
  const Tensor label = Dense({1});
  EXPECT_EQ(ErrorOf(Dense({1, std::nanf(""), 3}), &label),
            "(feature 1) found \"nan\", expected a finite number; fill it in, "
            "drop the row, or skip such rows with --max-bad-records");
  EXPECT_EQ(ErrorOf(Sparse({2}, {-kInfinity}, {3}), &label),
            "(feature 2) found \"-inf\", expected a finite number; fill it in, "
            "drop the row, or skip such rows with --max-bad-records");
  Tensor too_large = Dense({1, 2, kInfinity});
  too_large.too_large = {2, 1e300};
  EXPECT_EQ(ErrorOf(too_large, &label),
            "(feature 2) found \"1e+300\", expected a number of at most "
            "3.4028235e38 in size (a 32-bit float); rescale the column");
}

TEST(TensorRowsTest, RefusesLabelsThatDoNotFit) {
  const auto error_of = [&](const Tensor& label) {
    return ErrorOf(Dense({1, 2, 3}), &label, {LabelDomain::kClasses, 3});
  };
  EXPECT_EQ(error_of(Dense({2})), "");
  EXPECT_EQ(error_of(Dense({})),
            "(label) found no label, expected one; correct the record, or skip "
            "such records with --max-bad-records");
  EXPECT_EQ(ErrorOf(Dense({1, 2, 3}), nullptr), error_of(Dense({})));
  EXPECT_EQ(error_of(Dense({1, 2})),
            "(label) found a label of 2 values, expected one; correct the "
            "record, or skip such records with --max-bad-records");
  EXPECT_EQ(error_of(Dense({kInfinity})),
            "(label) found \"inf\", expected a finite number; fill it in, drop "
            "the row, or skip such rows with --max-bad-records");
  EXPECT_EQ(error_of(Dense({3})),
            "(label) found 3, expected a class from 0 to 2 (num_classes is 3); "
            "check --label and --num_classes");
}

TEST(TensorRowsTest, StopsAtTheLimitsOfABlock) {
  TensorError error;
  Tensor dense = Dense({1, 2, 3});
  Examples block;
  TensorRows by_count({false, 3, false}, {}, {2, 1 << 20});
  by_count.Start(10, &block);
  EXPECT_EQ(by_count.Append(&dense, nullptr, &block, &error), Outcome::kTaken);
  EXPECT_EQ(by_count.Append(&dense, nullptr, &block, &error), Outcome::kTaken);
  EXPECT_EQ(by_count.Append(&dense, nullptr, &block, &error), Outcome::kFull);
  EXPECT_EQ(block.size(), 2u);

  Tensor sparse = Sparse({0, 1}, {1, 1}, {3});
  block = Examples();
  TensorRows by_bytes({true, 3, false}, {}, {100, 70});
  by_bytes.Start(10, &block);
  EXPECT_EQ(by_bytes.Append(&sparse, nullptr, &block, &error), Outcome::kTaken);
  EXPECT_EQ(by_bytes.Append(&sparse, nullptr, &block, &error), Outcome::kTaken);
  EXPECT_EQ(by_bytes.Append(&sparse, nullptr, &block, &error), Outcome::kFull);
  EXPECT_LE(block.bytes(), 70u);

  // A single example is taken whatever its size.
  block = Examples();
  TensorRows tiny({true, 3, false}, {}, {100, 1});
  tiny.Start(10, &block);
  EXPECT_EQ(tiny.Append(&sparse, nullptr, &block, &error), Outcome::kTaken);
  EXPECT_EQ(tiny.Append(&sparse, nullptr, &block, &error), Outcome::kFull);
}

}  // namespace
}  // namespace lineup
