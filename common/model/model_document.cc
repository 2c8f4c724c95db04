#include "common/model/model_document.h"

namespace lineup {

std::string FeatureLabel(const LinearModel& model, const Schema& schema,
                         uint32_t feature) {
  if (!model.feature_names.empty()) return model.feature_names[feature];
  const uint64_t first = schema.format == FileFormat::kLibsvm
                             ? static_cast<uint64_t>(schema.first_id)
                             : 0;
  return std::to_string(first + feature);
}

}  // namespace lineup
