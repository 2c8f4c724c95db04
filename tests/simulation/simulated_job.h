// The jobs of simulations: tiny, chosen so that what must be true of their
// result is known exactly.
//
//  * bits: adam, ftrl or sgd on data that can be learnt, at staleness 0. The
//    model of these, and of all jobs at staleness 0, must have the bits of a
//    job that ran undisturbed in one process.
//  * counted: every example has a feature of its own, and adagrad with the
//    absolute loss adds 1 / sqrt(n) to its weight when it learns from the
//    example for the n-th time, however old the gradient's weights are. So each
//    weight tells how often its example was learnt from.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_JOB_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_JOB_H_

#include <cstdint>
#include <map>
#include <string>

#include "common/job/job_spec.h"
#include "common/linear/types.h"
#include "common/model/linear_model.h"
#include "proto/job.pb.h"

namespace lineup::simulation {

struct SimulatedJob {
  bool counted = false;
  bool sparse = false;
  std::string optimizer = "adam";  // bits
  uint32_t lanes = 1;
  Staleness staleness = 0;
  int epochs = 2;
  bool validation = false;  // bits; part of the training data
  bool shuffle = true;
  bool checkpoints = false;
  double checkpoint_seconds = 0;
  bool replicas = false;

  std::string Describe() const;
};

class SimulatedJobs {
 public:
  // Writes the data to a directory, which is made.
  explicit SimulatedJobs(std::string directory);

  // As it is submitted.
  v1::JobSpec Spec(const SimulatedJob& job) const;

  // Examples that an epoch trains on.
  uint64_t ExamplesOfEpoch(const SimulatedJob& job);
  // What is wrong with the job's model; empty: nothing.
  std::string Check(const SimulatedJob& job, const LinearModel& model);

 private:
  struct Undisturbed {
    LinearModel model;
    uint64_t examples = 0;
  };

  JobSpec LocalSpec(const SimulatedJob& job) const;
  // Trained in this process, once.
  const Undisturbed& Train(const SimulatedJob& job);

  const std::string directory_;
  std::map<std::string, Undisturbed> trained_;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_JOB_H_
