#include "common/model/model_archive.h"

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/model/additional_params.h"
#include "common/model/archive_file.h"
#include "common/model/mxnet_symbol.h"
#include "common/model/ndarray_file.h"

namespace lineup {
namespace {

constexpr char kZipName[] = "model_algo-1";
constexpr char kSymbolName[] = "mx-mod-symbol.json";
constexpr char kManifestName[] = "manifest.json";
constexpr char kAdditionalParamsName[] = "additional-params.json";
constexpr char kParamsName[] = "mx-mod-0000.params";
constexpr char kWeightName[] = "arg:fc0_weight";
constexpr char kBiasName[] = "arg:fc0_bias";
constexpr char kManifest[] =
    "{\"mx-mod\": \"mxnet_module\", \"additional-params.json\": \"json\", "
    "\"version\": 1}";
constexpr absl::string_view kZipMagic("PK\x03\x04", 4);
constexpr absl::string_view kParamsMagic("\x12\x01\0\0\0\0\0\0", 8);

using Members = std::vector<ArchiveMember>;

// "model.tar.gz: model_algo-1: mx-mod-0000.params", the way errors name a
// member.
std::string Within(absl::string_view file, absl::string_view member) {
  return absl::StrCat(file, ": ", member);
}

std::string NamesOf(const Members& members) {
  return members.empty()
             ? "nothing"
             : absl::StrJoin(members, ", ",
                             [](std::string* out, const ArchiveMember& member) {
                               out->append(member.name);
                             });
}

absl::StatusOr<const ArchiveMember*> Find(const Members& members,
                                          absl::string_view name,
                                          absl::string_view file) {
  for (const ArchiveMember& member : members) {
    if (member.name == name) return &member;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": has no member \"", name, "\" (it holds ", NamesOf(members),
      "); this is not a linear model's archive"));
}

absl::StatusOr<const NdArray*> FindArray(const std::vector<NdArray>& arrays,
                                         absl::string_view name,
                                         absl::string_view file) {
  for (const NdArray& array : arrays) {
    if (array.name == name) return &array;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": has no array \"", name, "\" (it holds ",
                   absl::StrJoin(arrays, ", ",
                                 [](std::string* out, const NdArray& array) {
                                   absl::StrAppend(out, "\"", array.name, "\"");
                                 }),
                   "); this is not a linear model's parameter file"));
}

std::string ShapeText(const NdArray& array) {
  return absl::StrCat("(", absl::StrJoin(array.shape, ", "), ")");
}

absl::Status TakeWeights(const NdArray& weight, absl::string_view file,
                         LinearModel* model) {
  constexpr int64_t kMax = std::numeric_limits<uint32_t>::max();
  const bool multiclass =
      model->predictor_type == PredictorType::kMulticlassClassifier;
  if (weight.shape.size() != 2 || weight.shape[0] > kMax ||
      (multiclass ? weight.shape[1] < 2 || weight.shape[1] > kMax
                  : weight.shape[1] != 1)) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": array \"", kWeightName, "\" has the shape ", ShapeText(weight),
        ", expected (features, ", multiclass ? "classes" : "1", ") for a ",
        Name(model->predictor_type)));
  }
  model->num_features = static_cast<uint32_t>(weight.shape[0]);
  model->num_classes = static_cast<uint32_t>(weight.shape[1]);
  model->weights = weight.values;
  return absl::OkStatus();
}

absl::Status TakeBias(const NdArray& bias, absl::string_view file,
                      LinearModel* model) {
  if (bias.values.size() != model->num_classes) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": array \"", kBiasName, "\" has the shape ", ShapeText(bias),
        ", expected (1, ", model->num_classes, ")"));
  }
  model->bias = bias.values;
  return absl::OkStatus();
}

absl::StatusOr<LinearModel> ParseZip(absl::string_view bytes,
                                     const std::string& file,
                                     uint64_t max_bytes) {
  if (absl::StartsWith(bytes, kParamsMagic)) {
    return absl::InvalidArgumentError(absl::StrCat(
        file,
        ": is an MXNet parameter file, not a ZIP archive; this is the "
        "model of another algorithm, such as k-means"));
  }
  if (!absl::StartsWith(bytes, kZipMagic)) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": is not a ZIP archive; this is not a linear model"));
  }
  LINEUP_ASSIGN_OR_RETURN(const Members members,
                          UnpackArchive(bytes, file, max_bytes));
  LINEUP_ASSIGN_OR_RETURN(const ArchiveMember* additional,
                          Find(members, kAdditionalParamsName, file));
  LINEUP_ASSIGN_OR_RETURN(const ArchiveMember* params,
                          Find(members, kParamsName, file));
  LinearModel model;
  LINEUP_RETURN_IF_ERROR(ParseAdditionalParams(
      additional->contents, Within(file, kAdditionalParamsName), &model));
  const std::string params_file = Within(file, kParamsName);
  LINEUP_ASSIGN_OR_RETURN(const std::vector<NdArray> arrays,
                          ParseNdArrayFile(params->contents, params_file));
  LINEUP_ASSIGN_OR_RETURN(const NdArray* weight,
                          FindArray(arrays, kWeightName, params_file));
  LINEUP_RETURN_IF_ERROR(TakeWeights(*weight, params_file, &model));
  LINEUP_ASSIGN_OR_RETURN(const NdArray* bias,
                          FindArray(arrays, kBiasName, params_file));
  LINEUP_RETURN_IF_ERROR(TakeBias(*bias, params_file, &model));
  if (const absl::Status status = CheckConsistent(model); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", status.message()));
  }
  return model;
}

// Multi-host jobs leave one member a host, all with the same model.
bool IsModelMember(absl::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash != absl::string_view::npos) name.remove_prefix(slash + 1);
  return absl::StartsWith(name, "model_algo-");
}

}  // namespace

std::string SerializeModelZip(const LinearModel& model,
                              const ZipTime& modified) {
  const int64_t features = model.num_features;
  const int64_t outputs = model.num_classes;
  const std::string params =
      SerializeNdArrayFile({{kWeightName, {features, outputs}, model.weights},
                            {kBiasName, {1, outputs}, model.bias}});
  const std::string symbol = MxnetSymbol(model);
  const std::string additional = SerializeAdditionalParams(model);
  return WriteStoredZip({{kSymbolName, symbol},
                         {kManifestName, kManifest},
                         {kAdditionalParamsName, additional},
                         {kParamsName, params}},
                        modified);
}

absl::StatusOr<std::string> SerializeModelArchive(const LinearModel& model) {
  LINEUP_RETURN_IF_ERROR(CheckConsistent(model));
  Members members(1);
  members[0] = {kZipName, SerializeModelZip(model)};
  return PackTarGz(members);
}

absl::StatusOr<LinearModel> ParseModelArchive(absl::string_view bytes,
                                              absl::string_view file,
                                              uint64_t max_bytes) {
  if (absl::StartsWith(bytes, kZipMagic)) {
    return ParseZip(bytes, std::string(file), max_bytes);
  }
  LINEUP_ASSIGN_OR_RETURN(const Members members,
                          UnpackArchive(bytes, file, max_bytes));
  for (const ArchiveMember& member : members) {
    if (IsModelMember(member.name)) {
      return ParseZip(member.contents, Within(file, member.name), max_bytes);
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": has no member \"", kZipName, "\" (it holds ", NamesOf(members),
      "); this is not a linear model's archive"));
}

}  // namespace lineup
