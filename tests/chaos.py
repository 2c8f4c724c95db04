"""Kills processes of a cluster at random, and looks at what becomes of its jobs.

  tests/chaos.sh --kills 200                    # from a checkout, built before
  tests/chaos.sh --kills 200 --seed 7 --replicas mixed

Runs small jobs at staleness 0, one after the other, on a coordinator with a
journal, two servers and two workers: real processes, which are killed with
`kill -9` at random moments and started again. Every job must end, and with the
bytes of the archive that `lineup train` makes undisturbed. Prints each job, and
at the end, by what was killed, how long it took to recover:

  worker       from the kill until others hold its lanes
  server       from the kill, and from its detection (the end of its lease),
               until lanes run again, after rewinding to the newest checkpoint;
               of jobs with replicas until every lane has called every shard
               after another server has taken over, unless that rewinds, too
               (the other one was killed before slots had replicas again)
  coordinator  from its restart until it has its job again, and workers hold
               the lanes

With --moves, servers also come and are drained meanwhile, so that slots move.
Sometimes two are killed at once; these are timed by themselves, for then a
coordinator's restart, for instance, is over only when the lease of a worker is.
Whatever is wrong ends the run with status 1 and keeps the directory, and the
same --seed draws the same victims and pauses (the moments depend on the machine,
too).
"""

import argparse
import collections
import ctypes
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import grpc

from proto import jobs_pb2
from proto import jobs_pb2_grpc

SLOW = 1.0  # seconds since detection; the events of such recoveries are shown
PATIENCE = 90  # seconds, for anything to come to pass
LOOK = 0.01  # seconds, between two looks
LEASE = 2
EPOCHS = 6
LANES = 4

# The last part of the name is the optimizer.
JOBS = {
    "dense_adam": [
        "--predictor-type=multiclass_classifier", "--num-classes=10",
        "--learning-rate=0.05,0.01"],
    "sparse_ftrl": [
        "--predictor-type=binary_classifier", "--learning-rate=0.1,0.01",
        "--l1=0.0001", "--wd=0.0001", "--validation-fraction=0.1"],
}


class Failed(Exception):
  """Something is not as it must be."""


def end_with_parent():
  """In a process that was just started: it does not outlive this script."""
  ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def split_lines(lines, header, directory, suffix, files=9):
  """Writes lines to several files, so that lanes have splits of their own."""
  os.makedirs(directory)
  size = -(-len(lines) // files)
  for f in range(files):
    with open(f"{directory}/{f}{suffix}", "w") as out:
      out.writelines(header + lines[f * size:(f + 1) * size])


def write_sparse(directory, rows=2000, features=500):
  """Examples whose label follows from which of their features are there."""
  draw = random.Random(5)
  lines = []
  for _ in range(rows):
    ids = sorted({1 + draw.randrange(1 + draw.randrange(features))
                  for _ in range(12)})
    score = sum((1, -1, 0)[i % 3] for i in ids)
    label = 1 if score + draw.random() > 0.5 else 0
    lines.append(" ".join([str(label)] + [f"{i}:{0.5 + draw.random():.4f}"
                                          for i in ids]) + "\n")
  split_lines(lines, [], directory, ".svm")


class Cluster:
  """The processes, by role: a list of (node id or None, Popen)."""

  def __init__(self, options, directory):
    self.options = options
    self.directory = directory
    self.started = 0
    self.servers = []
    self.workers = []
    self.address = None
    self.coordinator = self.start_coordinator()
    channel = grpc.insecure_channel(self.address, options=[
        ("grpc.initial_reconnect_backoff_ms", 20),
        ("grpc.max_reconnect_backoff_ms", 100)])
    self.jobs = jobs_pb2_grpc.JobsStub(channel)
    for _ in range(2):
      self.start_server()
      self.start_worker()

  def start(self, word, *arguments):
    """Starts a process; with what it says first after `word`."""
    self.started += 1
    path = f"{self.directory}/{self.started:04d}-{arguments[0]}.log"
    with open(path, "w") as log:
      process = subprocess.Popen([self.options.lineup, *arguments], stdout=log,
                                 stderr=log, preexec_fn=end_with_parent)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
      with open(path) as log:
        text = log.read()
      if word in text and "\n" in text.split(word, 1)[1]:
        return text.split(word, 1)[1].split()[0], process
      time.sleep(0.002)
    raise Failed(f"{arguments[0]} does not start: {path}")

  def start_coordinator(self):
    self.address, process = self.start(
        "coordinator listens on ", "coordinator",
        "--listen=" + (self.address or "127.0.0.1:0"),
        f"--journal={self.directory}/journal", f"--lease-seconds={LEASE}")
    return process

  def start_server(self):
    self.servers.append(self.start(
        "lineup: ", "server", "--coordinator=" + self.address,
        "--listen=127.0.0.1:0", "--threads=1"))

  def start_worker(self):
    self.workers.append(self.start(
        "lineup: ", "worker", "--coordinator=" + self.address, "--threads=1",
        f"--delay-ms={self.options.delay_ms}"))

  def job(self, job):
    """Its status; None while the coordinator does not answer."""
    try:
      return self.jobs.GetJob(jobs_pb2.GetJobRequest(job=job), timeout=5)
    except grpc.RpcError as error:
      if error.code() == grpc.StatusCode.UNAVAILABLE:
        return None
      raise

  def lanes(self):
    try:
      return self.jobs.ListLanes(jobs_pb2.ListLanesRequest(), timeout=5).lanes
    except grpc.RpcError:
      return []

  def events_after(self, number):
    """Those that there are now."""
    events = []
    try:
      for event in self.jobs.WatchEvents(
          jobs_pb2.WatchEventsRequest(after=number), timeout=0.05):
        events.append(event)
    except grpc.RpcError:
      pass
    return events


def ended(status):
  return status.state in (jobs_pb2.JOB_STATE_SUCCEEDED,
                          jobs_pb2.JOB_STATE_FAILED,
                          jobs_pb2.JOB_STATE_STOPPED)


def lanes_are_held(lanes, by_others_than=None):
  return bool(lanes) and all(
      lane.state == "finished" or lane.holder not in ("", by_others_than)
      for lane in lanes)


class Kill:
  """One kill, and what it waits for."""

  def __init__(self, kind, victim=None, replicas=False):
    self.kind = kind
    self.victim = victim
    self.replicas = replicas
    self.row = kind  # of the table
    if kind == "server" and replicas:
      self.row = "server with a replica"
    self.begin = time.time()  # a coordinator's: its restart
    self.detected = None
    self.went_on = None
    self.had_slots = False  # or a replica of some
    self.rewound = False

  def has_gone_on(self):
    return (self.went_on is not None and self.detected is not None and
            self.went_on >= self.detected)

  def recovered(self, cluster, status, events):
    """The seconds that it took; None: it has not yet."""
    if status is None or status.phase in ("", "restarting"):
      return None
    now = time.time()
    if self.kind == "server":
      for event in events:
        if event.kind == "node_lost" and self.victim in event.text:
          self.detected = event.unix_ms / 1000
        if event.kind == "rewinding" and self.replicas and not self.rewound:
          self.rewound = True
          self.row = self.row.replace("with a replica", "whose replica was lost")
        if event.kind in ("replica_took_over", "replica_lost"):
          self.had_slots |= self.victim in event.text
        # Lanes that finish an epoch have gone on, too.
        if (event.kind in ("lanes_go_on", "epoch_trained") and
            not self.has_gone_on()):
          self.went_on = event.unix_ms / 1000
      # After training servers are not needed, and their loss is no event.
      if self.detected is None or status.phase in ("rewinding", "taking over"):
        return None
      if self.replicas and not self.rewound and not self.had_slots:
        # Nobody waits for one that had joined a moment before.
        if now - self.detected < 0.5:
          return None
        self.row = "server without slots"
        return self.detected - self.begin
      if self.replicas and not self.rewound:
        if self.has_gone_on():
          return self.went_on - self.begin
        if status.phase == "training":
          return None
    if status.phase == "training" and not lanes_are_held(
        cluster.lanes(), self.victim):
      return None
    return now - self.begin


class Chaos:

  def __init__(self, options, directory):
    self.options = options
    self.directory = directory
    self.random = random.Random(options.seed)
    self.kills = collections.Counter()
    self.times = collections.defaultdict(list)
    self.pending = []
    self.seen_event = 0
    self.recent = collections.deque(maxlen=50)  # events
    self.moves = 0
    self.replicas = False  # of the job that runs
    self.leaving = []
    self.references = {}
    self.make_data()
    self.cluster = Cluster(options, directory)

  def make_data(self):
    with open(f"{self.options.examples}/digits/train.csv") as file:
      header, *lines = file
    split_lines(lines, [header], f"{self.directory}/dense", ".csv")
    write_sparse(f"{self.directory}/sparse")
    for name in JOBS:
      output = f"{self.directory}/{name}"
      subprocess.run([self.options.lineup, "train", "--quiet", "--staleness=0",
                      *self.flags(name), "--output=" + output], check=True,
                     stdout=subprocess.DEVNULL)
      with open(output + "/model.tar.gz", "rb") as file:
        self.references[name] = file.read()

  def flags(self, name):
    data, optimizer = name.split("_")
    flags = [f"--train={self.directory}/{data}", "--mini-batch-size=20",
             f"--epochs={EPOCHS}", f"--early-stopping-patience={EPOCHS}",
             f"--lanes={LANES}", "--optimizer=" + optimizer, *JOBS[name]]
    if data == "dense":
      flags.append(
          f"--validation={self.options.examples}/digits/validation.csv")
    return flags

  def submit(self, name, number):
    output = f"{self.directory}/job-{number}"
    flags = [*self.flags(name), "--staleness=0", "--output=" + output,
             "--min-servers=2", "--min-workers=1"]
    flags += [f"--checkpoint-dir={output}-checkpoints",
              "--checkpoint-seconds=0.5"]
    self.replicas = self.options.replicas == "1" or (
        self.options.replicas == "mixed" and self.random.random() < 0.5)
    if self.replicas:
      flags.append("--replicas=1")
    submitted = subprocess.run(
        [self.options.lineup, "submit", "--coordinator=" + self.cluster.address,
         *flags], check=True, stdout=subprocess.PIPE, timeout=PATIENCE)
    return submitted.stdout.decode().strip(), output

  def kill(self, kind):
    """Kills one of a kind and starts another in its place, or it again."""
    cluster = self.cluster
    self.kills[kind] += 1
    if kind == "coordinator":
      cluster.coordinator.kill()
      cluster.coordinator.wait()
      time.sleep(self.random.uniform(0, 0.3))
      kill = Kill(kind)
      cluster.coordinator = cluster.start_coordinator()
    else:
      nodes = cluster.servers if kind == "server" else cluster.workers
      victim, process = nodes.pop(self.random.randrange(len(nodes)))
      kill = Kill(kind, victim, self.replicas)
      process.kill()
      process.wait()
      if kind == "server":
        cluster.start_server()
      else:
        cluster.start_worker()
    self.pending.append(kill)

  def move(self):
    """Starts a server more, or lets one leave if there are more than two."""
    cluster = self.cluster
    if len(cluster.servers) == 2:
      cluster.start_server()
      return
    node, process = cluster.servers.pop(0)
    # It leaves by itself; one that is killed in between has left, too.
    subprocess.run([self.options.lineup, "drain", node,
                    "--coordinator=" + cluster.address],
                   stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False)
    self.leaving.append(process)
    self.moves += 1

  def look(self, job):
    """Looks how things are; the job's status, or None."""
    status = self.cluster.job(job)
    events = []
    if status is not None and any(k.kind == "server" for k in self.pending):
      events = self.cluster.events_after(self.seen_event)
      if events:
        self.seen_event = events[-1].number
        self.recent.extend(events)
    if status is not None and ended(status):
      self.pending.clear()  # nothing is left to recover
    for kill in list(self.pending):
      took = kill.recovered(self.cluster, status, events)
      if took is not None:
        self.times[kill.row].append(took)
        if kill.detected is not None:
          since = max(0, kill.begin + took - kill.detected)
          self.times[kill.row + ", since detection"].append(since)
          if since > SLOW:
            self.tell_events(kill, since)
        self.pending.remove(kill)
    return status

  def tell_events(self, kill, since):
    """Why it may have taken so long."""
    print(f"  {kill.row} {kill.victim}: {since:.2f} s since its detection")
    for event in self.recent:
      at = event.unix_ms / 1000 - kill.detected
      if at > -3:
        print(f"    {at:+6.2f} {event.kind}: {event.text}")

  def run_job(self, number):
    name = self.random.choice(sorted(JOBS))
    job, output = self.submit(name, number)
    begin = time.monotonic()
    before = sum(self.kills.values())
    next_kill = begin + self.random.uniform(0, 1)
    settled = begin
    next_move = begin + self.random.uniform(0, 2)
    while True:
      status = self.look(job)
      now = time.monotonic()
      if status is not None and ended(status):
        break
      if not self.pending:
        settled = now
      if now - settled > PATIENCE or now - begin > 10 * PATIENCE:
        raise Failed(f"{job} hangs: {status}, since "
                     f"{[k.kind for k in self.pending]} was killed")
      if (not self.pending and now >= next_kill
          and sum(self.kills.values()) < self.options.kills
          and sum(self.kills.values()) - before < self.options.kills_per_job):
        count = 2 if self.random.random() < 0.2 else 1
        for kind in self.random.choices(self.options.kinds, k=count):
          self.kill(kind)
        for kill in self.pending[:count] if count > 1 else []:
          kill.row += " and another"
        next_kill = time.monotonic() + self.random.uniform(0, 1)
      if self.options.moves and now >= next_move:
        self.move()
        next_move = time.monotonic() + self.random.uniform(1, 3)
      time.sleep(LOOK)
    if status.state != jobs_pb2.JOB_STATE_SUCCEEDED:
      raise Failed(f"{job} has not succeeded: {status}")
    with open(output + "/model.tar.gz", "rb") as file:
      if file.read() != self.references[name]:
        raise Failed(f"{job} ({name}) has other bits than undisturbed: "
                     f"{output} against {self.directory}/{name}")
    name += ", replicas" if self.replicas else ""
    print(f"{job:8} {name:22} {time.monotonic() - begin:6.1f} s, "
          f"{sum(self.kills.values()) - before} kills: the same bits",
          flush=True)
    shutil.rmtree(output)
    shutil.rmtree(output + "-checkpoints", ignore_errors=True)

  def run(self):
    jobs = 0
    while sum(self.kills.values()) < self.options.kills:
      jobs += 1
      self.run_job(jobs)
    print(f"\n{sum(self.kills.values())} kills, {jobs} jobs, all with the bits "
          "of the undisturbed run; seconds to recover:\n")
    if self.moves:
      print(f"{self.moves} servers were drained meanwhile")
    print("kills: " + ", ".join(f"{kind} {count}" for kind, count
                                in sorted(self.kills.items())))
    print(f"{'killed':61} {'timed':>5} {'median':>7} {'p99':>7} {'max':>7}")
    for kind, times in sorted(self.times.items()):
      times.sort()
      p99 = times[min(len(times) - 1, int(0.99 * len(times)))]
      print(f"{kind:61} {len(times):5} "
            f"{times[len(times) // 2]:7.2f} {p99:7.2f} {times[-1]:7.2f}")


def main():
  parser = argparse.ArgumentParser(
      description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
  parser.add_argument("--kills", type=int, default=200)
  parser.add_argument("--kills-per-job", type=int, default=6)
  parser.add_argument("--seed", type=int, default=1)
  parser.add_argument("--replicas", choices=["0", "1", "mixed"], default="0",
                      help="of servers: mixed: every second job has them")
  parser.add_argument("--kinds", type=lambda text: text.split(","),
                      default=["coordinator", "server", "worker"])
  parser.add_argument("--moves", action="store_true")
  parser.add_argument("--delay-ms", type=float, default=10,
                      help="each minibatch takes so much longer on average")
  parser.add_argument("--lineup", default="bazel-bin/cli/lineup")
  parser.add_argument("--examples", default="examples")
  options = parser.parse_args()
  directory = tempfile.mkdtemp(prefix="lineup-chaos-",
                               dir=os.environ.get("TEST_TMPDIR"))
  try:
    Chaos(options, directory).run()
  except Failed as failed:
    sys.exit(f"chaos: {failed}\nchaos: --seed {options.seed}; everything is in "
             + directory)
  shutil.rmtree(directory)


if __name__ == "__main__":
  main()
