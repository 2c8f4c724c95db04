#include "common/job/job_codec.h"

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(JobCodecTest, AJobComesBackTheSame) {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters({{"predictor_type", "regressor"},
                                               {"learning_rate", "0.1,0.003"},
                                               {"optimizer", "ftrl"},
                                               {"seed", "7"}})
                             .value();
  spec.train = {"a", "b"};
  spec.test = {"c"};
  spec.validation_fraction = 0.1;
  spec.data.format = FileFormat::kLibsvm;
  spec.data.header = HeaderMode::kNo;
  spec.data.delimiter = ';';
  spec.data.first_id = 0;
  spec.data.max_bad_records = 3;
  spec.data.split_bytes = 12345;
  spec.warm_start = "w";
  spec.shuffle = false;
  spec.drop_last = true;
  spec.num_lanes = 5;
  spec.staleness = kUnboundedStaleness;
  const v1::JobSpec message = EncodeJobSpec(spec);
  const absl::StatusOr<JobSpec> decoded = DecodeJobSpec(message);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(MessageDifferencer::Equals(EncodeJobSpec(*decoded), message));
  EXPECT_EQ(decoded->hyperparameters.learning_rate,
            (std::vector<double>{0.1, 0.003}));
  EXPECT_EQ(decoded->staleness, kUnboundedStaleness);
  EXPECT_EQ(decoded->data.delimiter, ';');
  EXPECT_EQ(decoded->data.first_id, 0);
  EXPECT_FALSE(decoded->shuffle);
}

TEST(JobCodecTest, CandidatesComeBackTheSame) {
  Candidate candidate;
  candidate.index = 4;
  candidate.optimizer = OptimizerType::kRmsprop;
  candidate.learning_rate = 0.1;
  candidate.schedule = {ScheduleType::kCosine, 0.1, 1e-5, 0.99, 7, 1234};
  candidate.quantile = 1.0 / 3;
  const absl::StatusOr<Candidate> decoded =
      DecodeCandidate(EncodeCandidate(candidate));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(SameSetting(candidate, *decoded));
  EXPECT_EQ(decoded->index, 4);
  EXPECT_EQ(decoded->schedule, candidate.schedule);
}

TEST(JobCodecTest, SamplesAndWeightsComeBackTheSame) {
  SampleStatistics sample;
  sample.moments.label = {3, 0.5, 0.1, 0.2, 0.75};
  sample.moments.features = {{1, 2, 3, 2, 2}, {4, 5, 1e-300, -1, 1e300}};
  sample.class_counts = {1, 2};
  sample.examples = 3;
  const absl::StatusOr<SampleStatistics> decoded =
      DecodeSample(EncodeSample(sample));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->moments.features[1].squared_deviations, 1e-300);
  EXPECT_EQ(decoded->moments.features[1].smallest, -1);
  EXPECT_EQ(decoded->moments.features[1].largest, 1e300);
  EXPECT_EQ(decoded->class_counts, sample.class_counts);
  EXPECT_EQ(decoded->examples, 3u);

  EXPECT_EQ(decoded->moments.num_features(), 2u);
  EXPECT_TRUE(decoded->moments.seen.empty());

  const CandidateWeights weights{2, {1, 2, 3, 4}, {5, 6}};
  const absl::StatusOr<CandidateWeights> again =
      DecodeWeights(EncodeWeights(weights), 2);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->weights, weights.weights);
  EXPECT_EQ(again->bias, weights.bias);
}

SampleStatistics SparseSample() {
  SampleStatistics sample;
  sample.moments.label = {3, 0.5, 0.1, 0.2, 0.75};
  sample.moments.seen = {{9'999'999, {4, 5, 1e-300, -1, 1e300}},
                         {7, {1, 2, 3, 2, 2}},
                         {0, {2, 0.1, 0, 0.1, 0.1}}};
  sample.moments.num_sparse_features = 10'000'001;
  sample.examples = 3;
  return sample;
}

TEST(JobCodecTest, SparseSamplesComeBackTheSame) {
  const v1::SampleStatistics message = EncodeSample(SparseSample());
  EXPECT_THAT(message.feature_ids(), ElementsAre(0, 7, 9'999'999));
  EXPECT_THAT(message.features().mean(), ElementsAre(0.1, 2, 5));
  EXPECT_LT(message.ByteSizeLong(), 1000u);
  const absl::StatusOr<SampleStatistics> decoded = DecodeSample(message);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->moments.num_features(), 10'000'001u);
  EXPECT_TRUE(decoded->moments.features.empty());
  ASSERT_EQ(decoded->moments.seen.size(), 3u);
  EXPECT_EQ(decoded->moments.seen.at(0).mean, 0.1);
  EXPECT_EQ(decoded->moments.seen.at(9'999'999).squared_deviations, 1e-300);
  EXPECT_EQ(decoded->moments.seen.at(9'999'999).largest, 1e300);
  EXPECT_TRUE(MessageDifferencer::Equals(EncodeSample(*decoded), message));

  // One that has seen no value of any feature, of as many as there can be.
  SampleStatistics unseen = SparseSample();
  unseen.moments.seen.clear();
  unseen.moments.num_sparse_features = 4'294'967'295;
  const absl::StatusOr<SampleStatistics> again =
      DecodeSample(EncodeSample(unseen));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->moments.num_features(), 4'294'967'295u);
  EXPECT_TRUE(again->moments.seen.empty());
}

// As versions of the protocol up to 3 wrote samples of sparse data, too.
TEST(JobCodecTest, MomentsWithoutIdsAreOfAllFeaturesInOrder) {
  v1::SampleStatistics message = EncodeSample(SparseSample());
  message.clear_feature_ids();
  message.clear_num_features();
  const absl::StatusOr<SampleStatistics> decoded = DecodeSample(message);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->moments.num_features(), 3u);
  ASSERT_EQ(decoded->moments.features.size(), 3u);
  EXPECT_EQ(decoded->moments.features[1].mean, 2);
  EXPECT_TRUE(decoded->moments.seen.empty());
}

TEST(JobCodecTest, SparseSamplesThatMakeNoSenseAreRefused) {
  const v1::SampleStatistics good = EncodeSample(SparseSample());
  const auto error_of = [](const v1::SampleStatistics& message) {
    const absl::Status status = DecodeSample(message).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  v1::SampleStatistics bad = good;
  bad.set_feature_ids(1, 0);
  EXPECT_EQ(error_of(bad),
            "field feature_ids has 0 after 0, expected ascending ids");
  bad = good;
  bad.set_feature_ids(0, 8);
  EXPECT_EQ(error_of(bad),
            "field feature_ids has 7 after 8, expected ascending ids");
  bad = good;
  bad.set_num_features(9'999'999);
  EXPECT_EQ(error_of(bad),
            "field feature_ids has 9999999, expected ids below 9999999");
  bad = good;
  bad.clear_num_features();
  EXPECT_EQ(error_of(bad), "field feature_ids has 0, expected ids below 0");
  bad = good;
  bad.add_feature_ids(10'000'000);
  EXPECT_EQ(error_of(bad), "field feature_ids has 4 entries, expected 3");
  bad = good;
  bad.clear_feature_ids();
  EXPECT_EQ(error_of(bad), "field feature_ids has 0 entries, expected 3");
  bad = good;
  bad.mutable_features()->add_mean(1);
  EXPECT_EQ(error_of(bad), "moments of unequal length");
}

TEST(JobCodecTest, WhatMakesNoSenseIsRefused) {
  v1::Candidate candidate = EncodeCandidate(Candidate());
  candidate.set_optimizer("adamant");
  EXPECT_THAT(DecodeCandidate(candidate).status().message(),
              HasSubstr("optimizer has the unknown value \"adamant\""));
  candidate = EncodeCandidate(Candidate());
  candidate.set_lr_scheduler_step(0);
  EXPECT_THAT(DecodeCandidate(candidate).status().message(),
              HasSubstr("lr_scheduler_step"));
  v1::CandidateWeights weights;
  weights.set_num_features(1u << 31);
  EXPECT_THAT(DecodeWeights(weights, 3).status().message(),
              HasSubstr("field weights has 0 bytes"));
  v1::SampleStatistics sample;
  EXPECT_FALSE(DecodeSample(sample).ok());
  v1::JobSpec spec;
  spec.set_hyperparameters_json("{");
  EXPECT_FALSE(DecodeJobSpec(spec).ok());
}

}  // namespace
}  // namespace lineup
