#!/usr/bin/python3
"""Times a cluster on this machine beside training in one process.

  benchmarks/cluster_speed.py [--rows N] [--data DIR] [--only PART]

Two servers and two workers of one thread each talk over loopback and train 32
candidates for three epochs on the data of benchmarks/speed.py; the time is that
of `lineup submit --follow` as a whole. Each is run several times in turn with
`lineup train` on two threads, and the fastest run of each counts.

The part `idle` delays each minibatch by 0 to 2 times its mean at random, and
prints how much of their time workers waited, at staleness 8 and at 0. The part
`replicas` runs both jobs in turn with and without `--replicas 1`, and prints
what that costs where all processes share two processors.

Payload through Pull and Push is measured by benchmarks/rpc/run.sh.
"""
import contextlib
import os
import subprocess
import sys
import tempfile
import time

from local_cluster import Cluster
from synthetic_jobs import EPOCHS, flags, make_data, parser

GOALS = {'dense': 1.5, 'sparse': 3.0}
IDLE_GOAL = 0.05
MINI_BATCH_SIZE = 1000


def seconds_of(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


@contextlib.contextmanager
def cluster_of(arguments, *worker_flags):
    with tempfile.TemporaryDirectory(prefix='lineup-speed-') as directory:
        cluster = Cluster(arguments.lineup, directory, tcp=True)
        try:
            cluster.use_workers(2, *worker_flags)
            yield cluster
        finally:
            cluster.close()


def compare(arguments, kind, settings):
    embedded, through_cluster = [], []
    command = [arguments.lineup, 'train', '--threads', '2', *settings]
    for _ in range(arguments.runs):
        embedded.append(seconds_of(lambda: subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)))
        # New workers: nothing is cached from the run before.
        with cluster_of(arguments) as cluster:
            through_cluster.append(
                seconds_of(lambda: cluster.submit(*settings)))
    ratio = min(through_cluster) / min(embedded)
    met = ratio <= GOALS[kind]
    print('%-7s embedded %7.2f s, cluster %7.2f s: %.2f times (goal: at most '
          '%.1f) %s' % (kind, min(embedded), min(through_cluster), ratio,
                        GOALS[kind], 'met' if met else 'NOT MET'), flush=True)
    return met


def idle_share(arguments, settings, staleness, delay_ms):
    with cluster_of(arguments, '--delay-ms', '%.3f' % delay_ms) as cluster:
        cluster.submit('--staleness', staleness, *settings)
        shares = [node.get('idle_share', 0.0)
                  for node in cluster.query('nodes')['nodes']
                  if node['role'].lower().endswith('worker')]
    return sum(shares) / len(shares)


def measure_idle(arguments, settings):
    """The mean of a minibatch is what it takes without a delay."""
    with cluster_of(arguments) as cluster:
        seconds = seconds_of(lambda: cluster.submit(*settings))
    minibatches = EPOCHS * arguments.rows / MINI_BATCH_SIZE
    delay_ms = 1000 * 2 * seconds / minibatches  # two workers
    shares = {staleness: idle_share(arguments, settings, staleness, delay_ms)
              for staleness in ('8', '0')}
    met = shares['8'] < IDLE_GOAL
    print('minibatches delayed by 0 to %.1f ms at random: workers idle %.1f %% '
          'at staleness 8 (goal: less than %.0f %%) %s; %.1f %% at staleness 0'
          % (2 * delay_ms, 100 * shares['8'], 100 * IDLE_GOAL,
             'met' if met else 'NOT MET', 100 * shares['0']), flush=True)
    return met


def measure_replicas(arguments, kind, settings):
    seconds = {'0': [], '1': []}
    for _ in range(arguments.runs):
        for replicas, times in seconds.items():
            with cluster_of(arguments) as cluster:
                times.append(seconds_of(lambda: cluster.submit(
                    '--replicas', replicas, *settings)))
    without, with_them = min(seconds['0']), min(seconds['1'])
    print('%-7s without replicas %7.2f s, with --replicas 1 %7.2f s: %.2f times'
          % (kind, without, with_them, with_them / without), flush=True)


def main():
    parts = ['dense', 'sparse', 'idle', 'replicas']
    arguments = parser(__doc__.split('\n')[0], parts, runs=2).parse_args()
    met = True
    with tempfile.TemporaryDirectory(prefix='lineup-speed-') as directory:
        for part in parts:
            if arguments.only not in (None, part):
                continue
            for kind in {'sparse': ['sparse'],
                         'replicas': ['dense', 'sparse']}.get(part, ['dense']):
                train, valid = make_data(arguments, kind)
                settings = flags(train, valid, os.path.join(directory, 'model'))
                settings += ['--mini-batch-size', str(MINI_BATCH_SIZE)]
                if part == 'replicas':
                    measure_replicas(arguments, kind, settings)
                elif part == 'idle':
                    met &= measure_idle(arguments, settings)
                else:
                    met &= compare(arguments, kind, settings)
    sys.exit(0 if met else 1)


if __name__ == '__main__':
    main()
