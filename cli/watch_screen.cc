#include "cli/watch_screen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "cli/job_text.h"
#include "cli/progress_text.h"
#include "cli/text_table.h"
#include "common/job/job_state.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using Lines = std::vector<std::string>;

constexpr size_t kMaxCandidates = 6;
constexpr size_t kMaxTextLines = 4;  // of an error or a reason

// One byte a column: names and paths of other alphabets, cut or shown short.
std::string Cut(std::string line, size_t columns) {
  if (line.size() <= columns) return line;
  if (columns <= 3) return line.substr(0, columns);
  return absl::StrCat(line.substr(0, columns - 3), "...");
}

// Breaks a long text between words.
Lines Wrapped(const std::string& text, size_t columns) {
  Lines lines;
  std::string line;
  for (const absl::string_view word :
       absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    if (!line.empty() && line.size() + 1 + word.size() > columns) {
      lines.push_back(std::exchange(line, ""));
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) lines.push_back(line);
  if (lines.size() > kMaxTextLines) {
    lines.resize(kMaxTextLines);
    lines.back() += " ...";
  }
  return lines;
}

void Append(Lines more, Lines* lines) {
  for (std::string& line : more) lines->push_back(std::move(line));
}

std::string Bar(double part, size_t width) {
  part = std::min(std::max(part, 0.0), 1.0);
  const auto full = static_cast<size_t>(part * width);
  return absl::StrCat("[", std::string(full, '#'),
                      std::string(width - full, '.'), "]");
}

// Of the whole job: trained epochs and the part of this one.
double JobProgress(const v1::JobStatus& job) {
  if (job.state() == v1::JOB_STATE_SUCCEEDED) return 1;
  if (job.epochs() == 0) return 0;
  const double epoch = job.phase() == "training" ? job.phase_progress() : 0;
  return (job.epoch() + epoch) / job.epochs();
}

Lines JobLines(const v1::JobStatus& job, size_t columns) {
  const std::string& name = job.spec().name();
  Lines lines = {absl::StrCat(job.job(),
                              name.empty() ? "" : absl::StrCat(" (", name, ")"),
                              ": ", JobStateName(job.state()))};
  if (!job.phase().empty()) {
    absl::StrAppend(&lines[0], ", ", job.phase(),
                    absl::StrFormat(" %.0f %%", 100 * job.phase_progress()));
  }
  std::string progress = absl::StrFormat(
      "%s epoch %d of %d", Bar(JobProgress(job), columns < 60 ? 10 : 30),
      std::min(job.epoch() + 1, job.epochs()), job.epochs());
  if (job.seconds_left() >= 0 && !HasEnded(job.state())) {
    absl::StrAppend(&progress, ", ",
                    ShortDuration(absl::Seconds(job.seconds_left())), " left");
  }
  lines.push_back(std::move(progress));
  std::vector<std::string> facts;
  if (job.examples_per_second() > 0 && !HasEnded(job.state())) {
    facts.push_back(
        absl::StrCat(ShortCount(job.examples_per_second()), " examples/s"));
  }
  if (job.best_candidate() >= 0) {
    facts.push_back(absl::StrCat("best: candidate ", job.best_candidate(), ", ",
                                 job.criterion(), " ",
                                 ShortNumber(job.best_value())));
  }
  if (job.bad_records() > 0) {
    facts.push_back(absl::StrCat(job.bad_records(), " bad records skipped"));
  }
  if (!facts.empty()) lines.push_back(absl::StrJoin(facts, "; "));
  if (!job.why_waiting().empty()) {
    Append(Wrapped(absl::StrCat("waits for ", job.why_waiting()), columns),
           &lines);
  }
  if (!job.error().empty()) {
    Append(Wrapped(absl::StrCat("error: ", job.error()), columns), &lines);
  }
  if (job.state() == v1::JOB_STATE_SUCCEEDED) {
    Append(
        Wrapped(absl::StrCat("the model is in ", job.spec().output()), columns),
        &lines);
  }
  return lines;
}

double TrainLoss(const v1::CandidateStatus& candidate) {
  return candidate.train_loss().empty() ? NAN
                                        : *candidate.train_loss().rbegin();
}

double ValidationLoss(const v1::CandidateStatus& candidate) {
  const auto metrics =
      nlohmann::json::parse(candidate.validation_json(), nullptr, false);
  if (!metrics.is_object()) return NAN;
  const auto loss = metrics.find("objective_loss");
  return loss != metrics.end() && loss->is_number() ? loss->get<double>() : NAN;
}

// The best one first, then by validation loss or else training loss.
Lines CandidateLines(const v1::ListCandidatesResponse& response) {
  struct Row {
    bool best;
    double rank;
    const v1::CandidateStatus* candidate;
  };
  std::vector<Row> rows;
  for (const v1::CandidateStatus& candidate : response.candidates()) {
    if (candidate.train_loss().empty()) continue;
    double rank = ValidationLoss(candidate);
    if (std::isnan(rank)) rank = TrainLoss(candidate);
    if (std::isnan(rank)) rank = std::numeric_limits<double>::infinity();
    rows.push_back({candidate.best(), rank, &candidate});
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.best != b.best ? a.best : a.rank < b.rank;
  });
  TextTable table({"candidate", "train loss", "validation loss", "state"});
  for (size_t i = 0; i < std::min(rows.size(), kMaxCandidates); ++i) {
    const v1::CandidateStatus& c = *rows[i].candidate;
    table.AddRow({absl::StrCat(c.index(), c.best() ? " *" : ""),
                  ShortNumber(TrainLoss(c)), ShortNumber(ValidationLoss(c)),
                  c.state()});
  }
  Lines lines = absl::StrSplit(table.ToString(0), '\n', absl::SkipEmpty());
  const int hidden =
      response.candidates_size() - static_cast<int>(lines.size()) + 1;
  if (hidden > 0) lines[0] += absl::StrCat("   (", hidden, " more)");
  return lines;
}

std::string LaneList(const v1::NodeStatus& node) {
  if (node.lanes_size() > 6) return absl::StrCat(node.lanes_size(), " lanes");
  return node.lanes().empty() ? "-" : absl::StrJoin(node.lanes(), " ");
}

Lines NodeLines(const v1::ListNodesResponse& response, size_t max_lines) {
  if (response.nodes().empty()) return {"no servers and no workers"};
  TextTable table({"node", "cpu", "memory", "lanes", "idle", "heard"});
  for (const v1::NodeStatus& node : response.nodes()) {
    const bool worker = node.role() == v1::NODE_ROLE_WORKER;
    table.AddRow(
        {absl::StrCat(Cut(node.node_id(), 30),
                      node.draining() ? " (leaves)" : ""),
         absl::StrFormat("%.1f", node.cpu_load()),
         absl::StrFormat("%.0f MB", node.memory_bytes() / 1e6),
         worker ? LaneList(node) : "-",
         worker ? absl::StrFormat("%.0f %%", 100 * node.idle_share()) : "-",
         absl::StrFormat("%.0f s ago", node.seconds_since_heard())});
  }
  Lines lines = absl::StrSplit(table.ToString(0), '\n', absl::SkipEmpty());
  if (lines.size() > max_lines && max_lines > 1) {
    const size_t hidden = lines.size() - max_lines + 1;
    lines.resize(max_lines - 1);
    lines.push_back(absl::StrCat("and ", hidden, " more (lineup nodes)"));
  }
  return lines;
}

}  // namespace

std::vector<std::string> WatchScreen(const WatchedCluster& cluster,
                                     size_t columns, size_t rows) {
  Lines lines = JobLines(cluster.job, columns);
  Append(Wrapped(cluster.trouble, columns), &lines);
  Lines candidates = CandidateLines(cluster.candidates);
  if (!candidates.empty()) {
    lines.push_back("");
    Append(std::move(candidates), &lines);
  }
  if (lines.size() + 3 <= rows) {
    lines.push_back("");
    Append(NodeLines(cluster.nodes, rows - lines.size()), &lines);
  }
  if (lines.size() > rows) lines.resize(rows);
  for (std::string& line : lines) line = Cut(std::move(line), columns);
  return lines;
}

std::string DrawWatchScreen(const WatchedCluster& cluster, size_t columns,
                            size_t rows) {
  std::string text = "\x1b[H";  // to the top left
  for (const std::string& line :
       WatchScreen(cluster, columns, std::max<size_t>(rows, 2) - 1)) {
    absl::StrAppend(&text, line, "\x1b[K\n");  // clears the rest of the line
  }
  return text + "\x1b[J";  // and what is below
}

}  // namespace lineup
