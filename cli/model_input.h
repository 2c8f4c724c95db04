// How data is read for a model that exists: what predict and evaluate share.

#ifndef LINEUP_CLI_MODEL_INPUT_H_
#define LINEUP_CLI_MODEL_INPUT_H_

#include <ostream>

#include "common/data/bad_records.h"
#include "common/model/model_document.h"

namespace lineup {

// What the model expects of data: the schema of its training data, or, where
// it does not say (an archive), plain columns in the order of its weights.
Schema InputSchema(const ModelFile& file);

// The labels that the model can be measured against.
LabelDomain LabelsOf(const LinearModel& model);

// Says how many records were skipped, and the first reasons. Nothing if none.
void ReportBadRecords(const BadRecords& bad, std::ostream& err);

}  // namespace lineup

#endif  // LINEUP_CLI_MODEL_INPUT_H_
