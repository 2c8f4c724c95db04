#include "cli/model_input.h"

namespace lineup {

Schema InputSchema(const ModelFile& file) {
  Schema schema;
  if (file.document.has_value()) schema = file.document->schema;
  schema.num_features = file.model.num_features;
  schema.feature_names = file.model.feature_names;
  return schema;
}

LabelDomain LabelsOf(const LinearModel& model) {
  switch (model.predictor_type) {
    case PredictorType::kBinaryClassifier:
      return {LabelDomain::kBinary, 0};
    case PredictorType::kMulticlassClassifier:
      return {LabelDomain::kClasses, model.num_classes};
    case PredictorType::kRegressor:
      break;
  }
  return {};
}

void ReportBadRecords(const BadRecords& bad, std::ostream& err) {
  if (bad.count() == 0) return;
  err << "lineup: note: skipped " << bad.count()
      << " records that cannot be read:\n";
  for (const std::string& message : bad.messages()) {
    err << "  " << message << "\n";
  }
  if (bad.count() > bad.messages().size()) err << "  ...\n";
}

}  // namespace lineup
