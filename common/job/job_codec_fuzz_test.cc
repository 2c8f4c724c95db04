// Whatever a peer sends as a part of a job is refused or taken, and what is
// taken comes back the same when it is sent on. The first byte says which
// message the others are.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/job/job_codec.h"
#include "glog/logging.h"

namespace lineup {
namespace {

template <typename Message, typename Decode, typename Encode>
void Use(absl::string_view bytes, Decode decode, Encode encode) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  const auto decoded = decode(message);
  if (!decoded.ok()) return;
  const Message sent_on = encode(*decoded);
  const auto again = decode(sent_on);
  CHECK(again.ok()) << again.status();
  CHECK_EQ(encode(*again).SerializeAsString(), sent_on.SerializeAsString());
}

// Samples are merged, too.
void UseSample(absl::string_view bytes) {
  Use<v1::SampleStatistics>(
      bytes, DecodeSample, [](const SampleStatistics& sample) {
        SampleStatistics merged;
        merged.Merge(sample);
        merged.Merge(sample);
        CHECK_EQ(merged.moments.num_features(), sample.moments.num_features());
        return EncodeSample(sample);
      });
}

}  // namespace
}  // namespace lineup

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lineup;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  switch (data[0] % 4) {
    case 0:
      Use<v1::JobSpec>(bytes, DecodeJobSpec, EncodeJobSpec);
      break;
    case 1:
      Use<v1::Candidate>(bytes, DecodeCandidate, EncodeCandidate);
      break;
    case 2:
      UseSample(bytes);
      break;
    default:
      Use<v1::CandidateWeights>(
          bytes,
          [](const v1::CandidateWeights& message) {
            return DecodeWeights(message, 2);
          },
          EncodeWeights);
  }
  return 0;
}
