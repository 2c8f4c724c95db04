#include "common/data/dataset_testing.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"
#include "common/data/recordio_framing.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// A field of bytes shorter than 128.
std::string Field(int number, absl::string_view bytes) {
  CHECK_LT(bytes.size(), 128u);
  return absl::StrCat(std::string(1, static_cast<char>(number << 3 | 2)),
                      std::string(1, static_cast<char>(bytes.size())), bytes);
}

std::string MapEntry(int field, const std::vector<float>& values) {
  std::string packed(values.size() * sizeof(float), '\0');
  std::memcpy(&packed[0], values.data(), packed.size());
  constexpr int kKey = 1;
  constexpr int kValue = 2;
  constexpr int kFloat32Tensor = 2;
  constexpr int kValues = 1;
  return Field(
      field, absl::StrCat(
                 Field(kKey, "values"),
                 Field(kValue, Field(kFloat32Tensor, Field(kValues, packed)))));
}

template <typename From, typename To>
void Append(const From& from, To* to) {
  to->insert(to->end(), from.begin(), from.end());
}

void CheckBlock(const Examples& block, const Schema& schema) {
  EXPECT_FALSE(block.empty());
  EXPECT_EQ(block.sparse, schema.sparse);
  EXPECT_EQ(block.labelled(), schema.labelled);
  EXPECT_EQ(!block.weights.empty(), schema.weighted);
  EXPECT_LE(block.size(), Dataset::kMaxBlockExamples);
  EXPECT_TRUE(block.size() == 1 || block.bytes() <= Dataset::kMaxBlockBytes)
      << block.bytes();
  if (schema.num_features != 0) {
    EXPECT_EQ(block.num_features, schema.num_features);
  }
}

}  // namespace

std::string TestDirectory() {
  static const testing::TestInfo* last_test = nullptr;
  const testing::TestInfo* const test =
      testing::UnitTest::GetInstance()->current_test_info();
  const std::string directory = absl::StrCat(
      testing::TempDir(), "/", test->test_suite_name(), ".", test->name());
  if (test != last_test) std::filesystem::remove_all(directory);
  last_test = test;
  EXPECT_TRUE(CreateDirectories(directory).ok());
  return directory;
}

std::string WriteTestFile(const std::string& name, absl::string_view contents) {
  const std::string path = absl::StrCat(TestDirectory(), "/", name);
  EXPECT_TRUE(
      CreateDirectories(std::filesystem::path(path).parent_path().string())
          .ok());
  EXPECT_TRUE(AtomicWriteFile(path, contents).ok());
  return path;
}

std::string GzipOf(absl::string_view text) {
  z_stream z = {};
  CHECK_EQ(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
           Z_OK);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = text.size();
  z.next_out = reinterpret_cast<Bytef*>(&out[0]);
  z.avail_out = out.size();
  CHECK_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string ZstdOf(absl::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const size_t size =
      ZSTD_compress(&out[0], out.size(), text.data(), text.size(), 3);
  CHECK(!ZSTD_isError(size));
  out.resize(size);
  return out;
}

std::string RecordIoRecord(float label, const std::vector<float>& values) {
  std::string out;
  AppendRecord(absl::StrCat(MapEntry(2, {label}), MapEntry(1, values)), &out);
  return out;
}

absl::StatusOr<Examples> ReadAll(const Dataset& dataset, BadRecords* bad) {
  Examples all;
  all.sparse = dataset.schema().sparse;
  if (all.sparse) all.row_starts.push_back(0);
  const auto add = [&](const Examples& block) {
    CheckBlock(block, dataset.schema());
    for (size_t row = 0; all.sparse && row < block.size(); ++row) {
      all.row_starts.push_back(all.row_starts.back() +
                               block.row_starts[row + 1] -
                               block.row_starts[row]);
    }
    all.num_features = std::max(all.num_features, block.num_features);
    Append(block.labels, &all.labels);
    Append(block.weights, &all.weights);
    Append(block.values, &all.values);
    Append(block.feature_ids, &all.feature_ids);
    return absl::OkStatus();
  };
  for (size_t split = 0; split < dataset.splits().size(); ++split) {
    LINEUP_RETURN_IF_ERROR(dataset.ReadSplit(split, add, bad));
  }
  return all;
}

}  // namespace lineup
