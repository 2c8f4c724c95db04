// Between the plain values of a job and their messages (proto/job.proto).
// What is encoded and decoded again is the same to the last bit.
//
// Decoding checks what a peer sent: INVALID_ARGUMENT names the field.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_JOB_JOB_CODEC_H_
#define LINEUP_COMMON_JOB_JOB_CODEC_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/job/job_spec.h"
#include "common/job/sample_statistics.h"
#include "common/linear/candidate.h"
#include "common/linear/candidate_weights.h"
#include "proto/job.pb.h"

namespace lineup {

// Name, output and the numbers of nodes are not part of a JobSpec.
v1::JobSpec EncodeJobSpec(const JobSpec& spec);
absl::StatusOr<JobSpec> DecodeJobSpec(const v1::JobSpec& message);

v1::Candidate EncodeCandidate(const Candidate& candidate);
absl::StatusOr<Candidate> DecodeCandidate(const v1::Candidate& message);
absl::StatusOr<std::vector<Candidate>> DecodeCandidates(
    const google::protobuf::RepeatedPtrField<v1::Candidate>& messages);

v1::SampleStatistics EncodeSample(const SampleStatistics& sample);
absl::StatusOr<SampleStatistics> DecodeSample(
    const v1::SampleStatistics& message);

// `outputs`: columns of a candidate.
v1::CandidateWeights EncodeWeights(const CandidateWeights& weights);
absl::StatusOr<CandidateWeights> DecodeWeights(
    const v1::CandidateWeights& message, size_t outputs);

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_JOB_CODEC_H_
