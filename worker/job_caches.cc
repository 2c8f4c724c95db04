#include "worker/job_caches.h"

#include <cstdint>

namespace lineup {
namespace {

// What the validation data may take of the memory.
constexpr double kValidationShare = 0.25;

std::unique_ptr<ExampleCache> MakeCache(const Dataset& data, TrainingPart part,
                                        ExampleCache::Options options,
                                        uint64_t memory_bytes,
                                        const JobCaches::Load& load) {
  options.memory_bytes = memory_bytes;
  return std::make_unique<ExampleCache>(
      data.splits().size(), options,
      [load, &data, part](size_t split) { return load(data, part, split); });
}

}  // namespace

JobCaches::JobCaches(const JobPlan& plan, const ExampleCache::Options& options,
                     const Load& load) {
  const uint64_t for_validation =
      plan.has_validation()
          ? static_cast<uint64_t>(options.memory_bytes * kValidationShare)
          : 0;
  train = MakeCache(plan.train, TrainingPart::kTrain, options,
                    options.memory_bytes - for_validation, load);
  if (plan.validation.has_value()) {
    validation = MakeCache(*plan.validation, TrainingPart::kAll, options,
                           for_validation, load);
  } else if (plan.has_validation()) {
    validation = MakeCache(plan.train, TrainingPart::kHeldOut, options,
                           for_validation, load);
  }
}

}  // namespace lineup
