#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "common/data/parser_fuzzing.h"
#include "common/data/recordio_parser.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// The index must find the records that cutting finds.
void CheckIndex(absl::string_view bytes) {
  RecordIndex index(1);
  bool good = true;
  while (good && index.next_offset() + kRecordHeaderBytes <= bytes.size()) {
    good = index.Add(bytes.substr(index.next_offset())).ok();
  }
  RecordFrame frame;
  uint64_t number = 0;
  for (size_t at = 0; at < bytes.size(); at += frame.size) {
    const FrameResult cut = CutRecord(bytes.substr(at), true, &frame);
    CHECK(cut != FrameResult::kIncomplete);
    CHECK_GT(frame.size, 0u);
    if (cut == FrameResult::kLost) {
      CHECK(!good);
      return;
    }
    if (at + kRecordHeaderBytes > bytes.size()) return;
    CHECK_LT(number, index.starts().size());
    CHECK_EQ(index.starts()[number].offset, at);
    CHECK_EQ(index.starts()[number].first_record, number);
    ++number;
  }
  CHECK(good);
  CHECK_EQ(number, index.num_records());
}

}  // namespace
}  // namespace lineup

// By the layout that the first good record shows, and the other way round.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lineup::BlockLimits;
  using lineup::LabelDomain;
  using lineup::RecordIoParser;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  lineup::CheckIndex(bytes);
  lineup::TensorLayout layout;
  lineup::RecordError error;
  lineup::FindRecordIoLayout(bytes, true, &layout, &error);
  // Dense rows of a sparse tensor could have any size.
  if (layout.num_features > 10000) layout.num_features = 3;
  for (int i = 0; i < 2; ++i) {
    lineup::CheckParser(bytes, [&](const BlockLimits& limits) {
      return std::make_unique<RecordIoParser>(layout, 0, LabelDomain(), limits,
                                              size);
    });
    layout.sparse = !layout.sparse;
    layout.labelled = !layout.labelled;
  }
  return 0;
}
