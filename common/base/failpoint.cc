#include "common/base/failpoint.h"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// All there are; docs/testing.md says where they stand.
constexpr const char* kNames[] = {
    // A server: a lane's call changes its rows, and is answered.
    "apply.before", "apply.after", "acknowledge.before", "acknowledge.after",
    "replicate.before", "replicate.after",
    // A server writes its file of a checkpoint, the coordinator its manifest.
    "checkpoint.write.before", "checkpoint.write.after",
    "checkpoint.manifest.before", "checkpoint.manifest.after",
    // A server takes slots that are moved to it, and has them; it opens the job
    // with them. The coordinator makes their new place the job's.
    "move.take.before", "move.take.after", "move.open.before",
    "move.place.before", "move.place.after",
    // Any file that is replaced at once (AtomicFile).
    "file.sync.before", "file.rename.before", "file.rename.after",
    // The coordinator.
    "journal.write.before", "journal.write.after", "lease.expiry.before",
    "lease.expiry.after", "takeover.before", "takeover.after",
    "selection.before", "selection.after", "export.before", "export.after",
    // A worker scores a split.
    "evaluate.before"};

struct Armed {
  enum class What { kKill, kError, kDelay };
  std::string name;
  uint64_t from = 1;  // the pass, counted from 1
  What what = What::kKill;
  absl::Duration delay;
  std::atomic<uint64_t> passes{0};
};

// Written before there are threads.
std::vector<std::unique_ptr<Armed>>& All() {
  static auto* const all = new std::vector<std::unique_ptr<Armed>>();
  return *all;
}

absl::Status Unknown(const std::string& text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "--failpoint ", text,
      ": expected NAME[=PASS]:kill, :error or :delay=MILLISECONDS"));
}

absl::Status CheckName(const std::string& name) {
  const std::vector<absl::string_view> names(std::begin(kNames),
                                             std::end(kNames));
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--failpoint: there is no failpoint \"", name, "\"",
                   DidYouMean(name, names)));
}

absl::StatusOr<std::unique_ptr<Armed>> Parse(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() != 2) return Unknown(text);
  auto armed = std::make_unique<Armed>();
  const std::pair<std::string, std::string> where =
      absl::StrSplit(parts[0], absl::MaxSplits('=', 1));
  armed->name = where.first;
  if (!where.second.empty() && !absl::SimpleAtoi(where.second, &armed->from)) {
    return Unknown(text);
  }
  const std::pair<std::string, std::string> what =
      absl::StrSplit(parts[1], absl::MaxSplits('=', 1));
  int64_t ms = 0;
  if (what.first == "delay" && absl::SimpleAtoi(what.second, &ms) && ms >= 0) {
    armed->what = Armed::What::kDelay;
    armed->delay = absl::Milliseconds(ms);
  } else if (parts[1] == "error") {
    armed->what = Armed::What::kError;
  } else if (parts[1] != "kill") {
    return Unknown(text);
  }
  LINEUP_RETURN_IF_ERROR(CheckName(armed->name));
  return armed;
}

}  // namespace

absl::Status ArmFailpoints(absl::Span<const std::string> texts) {
  All().clear();
  for (const std::string& text : texts) {
    LINEUP_ASSIGN_OR_RETURN(std::unique_ptr<Armed> armed, Parse(text));
    All().push_back(std::move(armed));
  }
  internal::failpoints_armed = !All().empty();
  return absl::OkStatus();
}

namespace internal {

std::atomic<bool> failpoints_armed{false};

absl::Status PassFailpoint(absl::string_view name) {
  absl::Status status;
  for (const std::unique_ptr<Armed>& armed : All()) {
    if (armed->name != name) continue;
    const uint64_t pass = ++armed->passes;
    switch (armed->what) {
      case Armed::What::kKill:
        if (pass != armed->from) break;
        std::raise(SIGKILL);
        break;
      case Armed::What::kError:
        if (pass != armed->from) break;
        status =
            absl::InternalError(absl::StrCat("the failpoint ", armed->name));
        break;
      case Armed::What::kDelay:
        if (pass >= armed->from) absl::SleepFor(armed->delay);
        break;
    }
  }
  return status;
}

}  // namespace internal
}  // namespace lineup
