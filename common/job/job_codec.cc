#include "common/job/job_codec.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

absl::Status BadField(absl::string_view field, absl::string_view found) {
  return absl::InvalidArgumentError(
      absl::StrCat("field ", field, " has the unknown value \"", found, "\""));
}

v1::DataOptions EncodeDataOptions(const DataOptions& options) {
  v1::DataOptions message;
  message.set_format(std::string(FileFormatName(options.format)));
  message.set_label(options.label);
  message.set_weight(options.weight);
  message.set_header(options.header == HeaderMode::kAuto  ? "auto"
                     : options.header == HeaderMode::kYes ? "yes"
                                                          : "no");
  if (options.delimiter != 0) {
    message.set_delimiter(std::string(1, options.delimiter));
  }
  if (options.first_id.has_value()) {
    message.set_first_id(absl::StrCat(*options.first_id));
  }
  message.set_max_bad_records(options.max_bad_records);
  message.set_split_bytes(options.split_bytes);
  return message;
}

absl::StatusOr<DataOptions> DecodeDataOptions(const v1::DataOptions& message) {
  DataOptions options;
  if (!message.format().empty()) {
    LINEUP_ASSIGN_OR_RETURN(options.format, ParseFileFormat(message.format()));
  }
  if (!message.header().empty()) {
    LINEUP_ASSIGN_OR_RETURN(options.header, ParseHeaderMode(message.header()));
  }
  options.label = message.label();
  options.weight = message.weight();
  if (message.delimiter().size() > 1) {
    return BadField("data.delimiter", message.delimiter());
  }
  if (!message.delimiter().empty()) options.delimiter = message.delimiter()[0];
  int first_id = 0;
  if (!message.first_id().empty()) {
    if (!absl::SimpleAtoi(message.first_id(), &first_id) || first_id < 0 ||
        first_id > 1) {
      return BadField("data.first_id", message.first_id());
    }
    options.first_id = first_id;
  }
  options.max_bad_records = message.max_bad_records();
  if (message.split_bytes() > 0) options.split_bytes = message.split_bytes();
  return options;
}

std::vector<std::string> Strings(
    const google::protobuf::RepeatedPtrField<std::string>& field) {
  return {field.begin(), field.end()};
}

void ReserveMoments(size_t count, v1::Moments* message) {
  const int n = static_cast<int>(count);
  message->mutable_count()->Reserve(n);
  message->mutable_mean()->Reserve(n);
  message->mutable_squared_deviations()->Reserve(n);
  message->mutable_smallest()->Reserve(n);
  message->mutable_largest()->Reserve(n);
}

void AddMoments(const Moments& moments, v1::Moments* message) {
  message->add_count(moments.count);
  message->add_mean(moments.mean);
  message->add_squared_deviations(moments.squared_deviations);
  message->add_smallest(moments.smallest);
  message->add_largest(moments.largest);
}

// In ascending order.
void EncodeSeen(const absl::flat_hash_map<uint32_t, Moments>& seen,
                v1::SampleStatistics* message) {
  std::vector<std::pair<uint32_t, const Moments*>> ascending;
  ascending.reserve(seen.size());
  for (const auto& [feature, moments] : seen) {
    ascending.emplace_back(feature, &moments);
  }
  std::sort(ascending.begin(), ascending.end());
  ReserveMoments(ascending.size(), message->mutable_features());
  message->mutable_feature_ids()->Reserve(static_cast<int>(ascending.size()));
  for (const auto& [feature, moments] : ascending) {
    message->add_feature_ids(feature);
    AddMoments(*moments, message->mutable_features());
  }
}

absl::StatusOr<AlignedVector<Moments>> DecodeMoments(
    const v1::Moments& message) {
  const int n = message.count_size();
  if (message.mean_size() != n || message.squared_deviations_size() != n ||
      message.smallest_size() != n || message.largest_size() != n) {
    return absl::InvalidArgumentError("moments of unequal length");
  }
  AlignedVector<Moments> moments(n);
  for (int i = 0; i < n; ++i) {
    moments[i] = {message.count(i), message.mean(i),
                  message.squared_deviations(i), message.smallest(i),
                  message.largest(i)};
  }
  return moments;
}

// `moments`: those of `message`.
absl::StatusOr<absl::flat_hash_map<uint32_t, Moments>> DecodeSeen(
    const AlignedVector<Moments>& moments,
    const v1::SampleStatistics& message) {
  const auto& ids = message.feature_ids();
  if (static_cast<size_t>(ids.size()) != moments.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("field feature_ids has ", ids.size(),
                     " entries, expected ", moments.size()));
  }
  absl::flat_hash_map<uint32_t, Moments> seen;
  seen.reserve(moments.size());
  for (int i = 0; i < ids.size(); ++i) {
    if (i > 0 && ids[i] <= ids[i - 1]) {
      return absl::InvalidArgumentError(
          absl::StrCat("field feature_ids has ", ids[i], " after ", ids[i - 1],
                       ", expected ascending ids"));
    }
    if (ids[i] >= message.num_features()) {
      return absl::InvalidArgumentError(
          absl::StrCat("field feature_ids has ", ids[i],
                       ", expected ids below ", message.num_features()));
    }
    seen.emplace(ids[i], moments[i]);
  }
  return seen;
}

std::string FloatBytes(const std::vector<float>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()),
                     values.size() * sizeof(float));
}

absl::StatusOr<std::vector<float>> FloatsOf(absl::string_view field,
                                            const std::string& bytes,
                                            size_t count) {
  if (bytes.size() != count * sizeof(float)) {
    return absl::InvalidArgumentError(
        absl::StrCat("field ", field, " has ", bytes.size(),
                     " bytes, expected ", count * sizeof(float)));
  }
  std::vector<float> values(count);
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

}  // namespace

v1::JobSpec EncodeJobSpec(const JobSpec& spec) {
  v1::JobSpec message;
  message.set_hyperparameters_json(
      HyperparametersToJson(spec.hyperparameters).dump());
  for (const std::string& path : spec.train) message.add_train(path);
  for (const std::string& path : spec.validation) message.add_validation(path);
  for (const std::string& path : spec.test) message.add_test(path);
  message.set_validation_fraction(spec.validation_fraction);
  *message.mutable_data() = EncodeDataOptions(spec.data);
  message.set_warm_start(spec.warm_start);
  message.set_shuffle(spec.shuffle);
  message.set_shuffle_window_bytes(spec.shuffle_window_bytes);
  message.set_drop_last(spec.drop_last);
  message.set_num_lanes(spec.num_lanes);
  message.set_unbounded_staleness(spec.staleness == kUnboundedStaleness);
  if (spec.staleness != kUnboundedStaleness) {
    message.set_staleness(spec.staleness);
  }
  return message;
}

absl::StatusOr<JobSpec> DecodeJobSpec(const v1::JobSpec& message) {
  JobSpec spec;
  LINEUP_ASSIGN_OR_RETURN(
      spec.hyperparameters,
      ParseHyperparameters({},
                           HyperparameterFile{"hyperparameters",
                                              message.hyperparameters_json()}));
  spec.train = Strings(message.train());
  spec.validation = Strings(message.validation());
  spec.test = Strings(message.test());
  spec.validation_fraction = message.validation_fraction();
  LINEUP_ASSIGN_OR_RETURN(spec.data, DecodeDataOptions(message.data()));
  spec.warm_start = message.warm_start();
  spec.shuffle = message.shuffle();
  if (message.shuffle_window_bytes() > 0) {
    spec.shuffle_window_bytes = message.shuffle_window_bytes();
  }
  spec.drop_last = message.drop_last();
  spec.num_lanes = message.num_lanes();
  spec.staleness =
      message.unbounded_staleness() ? kUnboundedStaleness : message.staleness();
  return spec;
}

v1::Candidate EncodeCandidate(const Candidate& c) {
  v1::Candidate message;
  message.set_index(c.index);
  message.set_optimizer(std::string(Name(c.optimizer)));
  message.set_wd(c.wd);
  message.set_l1(c.l1);
  message.set_momentum(c.momentum);
  message.set_beta_1(c.beta_1);
  message.set_beta_2(c.beta_2);
  message.set_epsilon(c.epsilon);
  message.set_rmsprop_decay(c.rmsprop_decay);
  message.set_ftrl_beta(c.ftrl_beta);
  message.set_learning_rate(c.learning_rate);
  message.set_bias_lr_mult(c.bias_lr_mult);
  message.set_bias_wd_mult(c.bias_wd_mult);
  message.set_lr_schedule(std::string(Name(c.schedule.type)));
  message.set_lr_scheduler_minimum_lr(c.schedule.minimum);
  message.set_lr_scheduler_factor(c.schedule.factor);
  message.set_lr_scheduler_step(c.schedule.step);
  message.set_total_updates(c.schedule.total_updates);
  message.set_init_method(std::string(Name(c.init_method)));
  message.set_init_scale(c.init_scale);
  message.set_init_sigma(c.init_sigma);
  message.set_init_bias(c.init_bias);
  message.set_positive_example_weight_mult(c.positive_example_weight_mult);
  message.set_margin(c.margin);
  message.set_quantile(c.quantile);
  message.set_huber_delta(c.huber_delta);
  message.set_loss_insensitivity(c.loss_insensitivity);
  return message;
}

absl::StatusOr<Candidate> DecodeCandidate(const v1::Candidate& message) {
  const auto optimizer = OptimizerTypeFromName(message.optimizer());
  const auto schedule = ScheduleTypeFromName(message.lr_schedule());
  const auto init_method = InitMethodFromName(message.init_method());
  if (!optimizer) return BadField("optimizer", message.optimizer());
  if (!schedule) return BadField("lr_schedule", message.lr_schedule());
  if (!init_method) return BadField("init_method", message.init_method());
  if (message.lr_scheduler_step() < 1) {
    return BadField("lr_scheduler_step",
                    absl::StrCat(message.lr_scheduler_step()));
  }
  Candidate c;
  c.index = static_cast<int>(message.index());
  c.optimizer = *optimizer;
  c.wd = message.wd();
  c.l1 = message.l1();
  c.momentum = message.momentum();
  c.beta_1 = message.beta_1();
  c.beta_2 = message.beta_2();
  c.epsilon = message.epsilon();
  c.rmsprop_decay = message.rmsprop_decay();
  c.ftrl_beta = message.ftrl_beta();
  c.learning_rate = message.learning_rate();
  c.bias_lr_mult = message.bias_lr_mult();
  c.bias_wd_mult = message.bias_wd_mult();
  c.schedule.type = *schedule;
  c.schedule.learning_rate = message.learning_rate();
  c.schedule.minimum = message.lr_scheduler_minimum_lr();
  c.schedule.factor = message.lr_scheduler_factor();
  c.schedule.step = message.lr_scheduler_step();
  c.schedule.total_updates = message.total_updates();
  c.init_method = *init_method;
  c.init_scale = message.init_scale();
  c.init_sigma = message.init_sigma();
  c.init_bias = message.init_bias();
  c.positive_example_weight_mult = message.positive_example_weight_mult();
  c.margin = message.margin();
  c.quantile = message.quantile();
  c.huber_delta = message.huber_delta();
  c.loss_insensitivity = message.loss_insensitivity();
  return c;
}

absl::StatusOr<std::vector<Candidate>> DecodeCandidates(
    const google::protobuf::RepeatedPtrField<v1::Candidate>& messages) {
  std::vector<Candidate> candidates;
  for (const v1::Candidate& message : messages) {
    LINEUP_ASSIGN_OR_RETURN(Candidate candidate, DecodeCandidate(message));
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

v1::SampleStatistics EncodeSample(const SampleStatistics& sample) {
  v1::SampleStatistics message;
  AddMoments(sample.moments.label, message.mutable_label());
  if (sample.moments.num_sparse_features > 0) {
    EncodeSeen(sample.moments.seen, &message);
    message.set_num_features(sample.moments.num_sparse_features);
  } else {
    ReserveMoments(sample.moments.features.size(), message.mutable_features());
    for (const Moments& moments : sample.moments.features) {
      AddMoments(moments, message.mutable_features());
    }
  }
  for (const double count : sample.class_counts) {
    message.add_class_counts(count);
  }
  message.set_examples(sample.examples);
  return message;
}

absl::StatusOr<SampleStatistics> DecodeSample(
    const v1::SampleStatistics& message) {
  SampleStatistics sample;
  LINEUP_ASSIGN_OR_RETURN(const AlignedVector<Moments> label,
                          DecodeMoments(message.label()));
  if (label.size() != 1) {
    return absl::InvalidArgumentError("a sample needs moments of one label");
  }
  sample.moments.label = label[0];
  LINEUP_ASSIGN_OR_RETURN(AlignedVector<Moments> features,
                          DecodeMoments(message.features()));
  if (message.num_features() > 0 || message.feature_ids_size() > 0) {
    LINEUP_ASSIGN_OR_RETURN(sample.moments.seen, DecodeSeen(features, message));
    sample.moments.num_sparse_features = message.num_features();
  } else {
    sample.moments.features = std::move(features);
  }
  sample.class_counts.assign(message.class_counts().begin(),
                             message.class_counts().end());
  sample.examples = message.examples();
  return sample;
}

v1::CandidateWeights EncodeWeights(const CandidateWeights& weights) {
  v1::CandidateWeights message;
  message.set_num_features(weights.num_features);
  message.set_weights(FloatBytes(weights.weights));
  message.set_bias(FloatBytes(weights.bias));
  return message;
}

absl::StatusOr<CandidateWeights> DecodeWeights(
    const v1::CandidateWeights& message, size_t outputs) {
  CandidateWeights weights;
  weights.num_features = message.num_features();
  LINEUP_ASSIGN_OR_RETURN(weights.weights,
                          FloatsOf("weights", message.weights(),
                                   size_t{message.num_features()} * outputs));
  LINEUP_ASSIGN_OR_RETURN(weights.bias,
                          FloatsOf("bias", message.bias(), outputs));
  return weights;
}

}  // namespace lineup
