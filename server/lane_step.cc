#include "server/lane_step.h"

#include <utility>

#include "server/wire_values.h"

namespace lineup {

void LaneStep::AllocatePulled(const PackedColumns& columns) {
  pulled = SendBuffer(pull_rows->size() * columns.width() * sizeof(float));
}

void LaneStep::Answer(const PackedColumns& all) {
  if (status.ok() && pull_rows != nullptr) {
    AnswerWithWeights(all);
    return;
  }
  LaneAnswer answer;
  answer.duplicate = duplicate;
  for (const LaneCall& part : parts) {
    if (status.ok()) {
      part.done(answer);
    } else {
      part.done(status);
    }
  }
}

void LaneStep::AnswerWithWeights(const PackedColumns& all) {
  const PackedColumns& columns = *pulled_columns;
  const FloatFormat format = call().format;
  if (!SameOnTheWire(columns, format, *pull_rows)) {
    pulled = EncodeRows(format, columns, *pull_rows, pulled.floats());
  }
  const auto encoded = std::make_shared<SendBuffer>(std::move(pulled));
  const size_t row_bytes = WireRowBytes(columns, format);
  size_t begin = 0;
  for (size_t p = 0; p < parts.size(); ++p) {
    const size_t end = part_ends[p];
    LaneAnswer answer;
    answer.duplicate = duplicate;
    answer.weights = {absl::MakeConstSpan(encoded->data() + begin * row_bytes,
                                          (end - begin) * row_bytes),
                      encoded, GroupsOnTheWire(columns, all)};
    parts[p].done(std::move(answer));
    begin = end;
  }
}

}  // namespace lineup
