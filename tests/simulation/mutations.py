#!/usr/bin/env python3
"""The test of the test: takes out of Lineup what keeps it right, one thing
after the other, and sees that the simulator notices.

    tests/simulation/mutations.py [--seeds 1000] [NAME...]

Works on a copy of the sources. For each mutation it prints the first seed that
fails and why; the exit status is 0 only if every one makes some seed fail, and
the sources as they are none.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = "//tests/simulation:simulate"

# name: what is taken out, and where: file, text, and what takes its place.
MUTATIONS = {
    "duplicates": ("a gradient that was taken before is taken again", [(
        "server/shard.cc",
        """    ++counters_.duplicates_refused;
    return absl::OkStatus();
  }
  if (lane.finished) return LaneFinished(at);
  if (at.clock != lane.pushed + 1) return WrongClock(at, lane.pushed + 1);
""",
        """    ++counters_.duplicates_refused;
  }
  if (lane.finished) return LaneFinished(at);
  if (at.clock > lane.pushed + 1) return WrongClock(at, lane.pushed + 1);
""")]),
    "fencing": ("calls of former holders and placements are taken", [(
        "server/served_job.cc",
        "  if (routing_epoch == current) return absl::OkStatus();\n"
        "  return StaleRoutingError(routing_epoch, current);\n",
        "  (void)routing_epoch;\n  (void)current;\n"
        "  return absl::OkStatus();\n"),
        ("server/shard.cc",
         "    return LaneMovedError(at.lane, at.term, lane.term);\n",
         "    at.term = lane.term;\n")]),
    "lane_order": ("gradients are added in the order in which they come", [(
        "server/shard.cc",
        "    lanes.push_back(&lane);\n    examples += lane.examples;\n",
        "    lanes.insert(std::find_if(lanes.begin(), lanes.end(),\n"
        "                              [&](const Lane* other) {\n"
        "                                return other->arrival > lane.arrival;\n"
        "                              }),\n"
        "                 &lane);\n    examples += lane.examples;\n"),
        ("server/shard.cc",
         "  lane->pending = true;\n",
         "  lane->pending = true;\n"
         "  static uint64_t arrivals = 0;\n"
         "  lane->arrival = ++arrivals;\n"),
        ("server/shard.h",
         "    bool pending = false;\n",
         "    bool pending = false;\n    uint64_t arrival = 0;\n")]),
    "sync_before_rename": ("files get their names before they are flushed", [(
        "common/base/files.cc",
        "  LINEUP_RETURN_IF_ERROR(writer_->Sync());\n", "")]),
    "commit": ("a step is applied before all lanes have committed it", [(
        "server/shard.cc",
        "    lane.behind = behind;\n    Hold(gradient, &lane);\n"
        "    if (options_.commit_on_push) {\n",
        "    lane.behind = behind;\n    Hold(gradient, &lane);\n    {\n")]),
    "barrier": ("checkpoints are taken while lanes run", [(
        "coordinator/checkpointer.cc",
        "      if (!barrier_.standing()) return Event::kNone;\n", ""),
        ("server/served_job_checkpoint.cc", "  if (!shard_.Standing()) {\n",
         "  if (false) {\n"),
        ("server/shard_barrier.cc",
         '    CHECK(!lane.pending) << "a shard\'s clocks are known when it '
         'stands";\n', "")]),
    "journal": ("others hear of what the journal does not have", [(
        "tests/simulation/simulated_coordinator.cc",
        "  ApplyRecords(core_->TakeRecords(), &remains_.journal);\n"
        "  StartWork();\n",
        "  world_.events.After(\n"
        "      absl::Milliseconds(500), node_,\n"
        "      [this, records = core_->TakeRecords()] {\n"
        "        ApplyRecords(records, &remains_.journal);\n"
        "      });\n"
        "  StartWork();\n")]),
    "replica_wait": ("lanes go on before replicas have their pushes", [(
        "worker/remote_parameter_client.cc",
        "      if (!status.ok() && error_.ok()) {\n",
        "      if (!target.answers) return;\n"
        "      if (!status.ok() && error_.ok()) {\n"), (
        "worker/remote_parameter_client.cc",
        "        unanswered_(num_targets) {}\n",
        "        unanswered_(std::min(num_targets, client->num_servers_)) {}\n")]),
    # Bugs that were found by the simulator, put back.
    "turns": ("lanes that wait at a barrier keep others from coming to it", [(
        "worker/worker_core.cc",
        "kLongestTurn = absl::Seconds(1);",
        "kLongestTurn = absl::InfiniteDuration();"),
        ("server/shard_barrier.cc",
         "    return !synchronous() || lane.waiting.clock == lane.limit + 1;\n",
         "    return lane.waiting.clock == lane.limit + 1;\n")]),
}


def copy_sources(to):
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in files.splitlines() + ["user.bazelrc"]:
        if not (ROOT / name).is_file():
            continue
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, to / name)


def mutate(to, changes):
    for name, old, new in changes:
        text = (to / name).read_text()
        if text.count(old) != 1:
            sys.exit(f"{name} has changed: the mutation does not fit any more; "
                     f"it looks for\n{old}")
        (to / name).write_text(text.replace(old, new))


def restore(to, changes):
    for name, _, _ in changes:
        shutil.copy2(ROOT / name, to / name)


def build(to):
    bazel = ["bazel", f"--output_base={to}.bazel"]
    built = subprocess.run(
        bazel + ["build", "--noshow_progress", TARGET],
        cwd=to, capture_output=True, text=True)
    if built.returncode != 0:
        sys.exit(f"a mutation does not build:\n{built.stderr}")


def first_failure(to, seeds):
    """The seed that fails, and why; None if none does."""
    run = subprocess.run(
        [to / "bazel-bin/tests/simulation/simulate", "--seeds", f"1..{seeds}",
         "--max-failures", "1"],
        capture_output=True, text=True)
    if run.returncode == 0:
        return None
    lines = run.stdout.splitlines()
    if not lines:  # an assertion of the product's own
        return f"exit status {run.returncode}: {run.stderr.strip()[:200]}"
    seed = lines[0].split(" fails", 1)[0]
    return f"{seed}: {lines[1].strip()[:120]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("names", nargs="*", choices=[[], *MUTATIONS],
                        metavar="NAME")
    args = parser.parse_args()
    ok = True
    with tempfile.TemporaryDirectory(prefix="lineup-mutations-") as directory:
        to = pathlib.Path(directory) / "sources"
        copy_sources(to)
        try:
            build(to)
            found = first_failure(to, args.seeds)
            ok &= found is None
            print(f"{'unchanged':<20} {found or f'{args.seeds} seeds pass'}",
                  flush=True)
            for name in args.names or MUTATIONS:
                what, changes = MUTATIONS[name]
                mutate(to, changes)
                build(to)
                found = first_failure(to, args.seeds)
                ok &= found is not None
                print(f"{name:<20} {what}\n{'':<20} "
                      f"{found or f'NOT NOTICED in {args.seeds} seeds'}",
                      flush=True)
                restore(to, changes)
        finally:
            subprocess.run(
                ["bazel", f"--output_base={to}.bazel", "shutdown"], cwd=to,
                capture_output=True)
            subprocess.run(["chmod", "-R", "u+w", f"{to}.bazel"])
    return 0 if ok else 1


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
