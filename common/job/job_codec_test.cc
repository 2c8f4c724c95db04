#include "common/job/job_codec.h"

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using google::protobuf::util::MessageDifferencer;
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

  const CandidateWeights weights{2, {1, 2, 3, 4}, {5, 6}};
  const absl::StatusOr<CandidateWeights> again =
      DecodeWeights(EncodeWeights(weights), 2);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->weights, weights.weights);
  EXPECT_EQ(again->bias, weights.bias);
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
