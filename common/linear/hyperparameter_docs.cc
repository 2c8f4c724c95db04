#include "common/linear/hyperparameter_docs.h"

#include "absl/strings/str_cat.h"
#include "common/linear/hyperparameter_table.h"

namespace lineup {
namespace {

std::string Table(bool lists) {
  std::string out =
      "| name | values | default | meaning |\n|---|---|---|---|\n";
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    if (info.accepts_list != lists) continue;
    const std::string fallback =
        info.required ? "required" : absl::StrCat("`", info.default_text, "`");
    absl::StrAppend(&out, "| `", info.name, "`", info.own ? " *" : "", " | ",
                    AllowedValues(info), " | ", fallback, " | ", info.help,
                    " |\n");
  }
  return out;
}

}  // namespace

std::string HyperparameterDocs() {
  return absl::StrCat("### May differ between candidates\n\n", Table(true),
                      "\n### The same for the whole job\n\n", Table(false));
}

}  // namespace lineup
