#!/usr/bin/python3
"""Measures for how long lanes stand when a job's slots move between servers.

  benchmarks/moving_slots.py [--features N] [--staleness N]

Two servers become four, then one, by joining and draining, while two workers of
one thread each train 32 candidates on sparse data. Each example has features of
its own, so that after an epoch the servers hold rows of all of them: weights and
Adam's state, 392 bytes a row. The coordinator's events are printed, and that a
move of 64 MB stays under a second: the time from the call for a barrier until all
lanes run again.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

from local_cluster import Cluster
from synthetic_jobs import ROOT

FEATURES_OF_EXAMPLE = 4
GOAL_SECONDS = 1.0
GOAL_MB = 64


def write_data(path, features):
    with open(path, 'w') as file:
        for first in range(1, features + 1, FEATURES_OF_EXAMPLE):
            file.write('%d %s\n' % (
                first // FEATURES_OF_EXAMPLE % 2,
                ' '.join('%d:1' % (first + i)
                         for i in range(FEATURES_OF_EXAMPLE))))


class Moves:
    """The events of moves, as they happen."""

    def __init__(self, cluster):
        self.watch = subprocess.Popen(
            [cluster.binary, 'watch', '--coordinator', cluster.address],
            stdout=subprocess.PIPE, text=True)

    def next(self):
        for line in self.watch.stdout:
            moved = re.search(r'moved \d+ slots.*', line)
            if moved:
                return moved.group()
        raise RuntimeError('the job ended without a move')

    def close(self):
        self.watch.kill()
        self.watch.wait()


def report(text):
    """Prints it; whether the goal is met."""
    print(text)
    megabytes, seconds = (float(x) for x in re.search(
        r'\(([0-9.]+) MB\) in ([0-9.]+) s', text).groups())
    if megabytes < GOAL_MB:
        print('  less than %d MB: give more --features' % GOAL_MB)
        return False
    met = seconds < GOAL_SECONDS
    print('  goal: under %.0f s for %d MB: %s' %
          (GOAL_SECONDS, GOAL_MB, 'met' if met else 'NOT met'))
    return met


def move(cluster):
    moves = Moves(cluster)
    try:
        while cluster.query('status').get('epoch', 0) < 1:
            time.sleep(0.05)
        for _ in range(2):
            cluster.nodes.append(cluster.start(
                'server', '--coordinator', cluster.address, '--listen',
                '127.0.0.1:0'))
        met = report(moves.next())
        servers = [node['node_id'] for node in cluster.query('nodes')['nodes']
                   if node['role'] == 'NODE_ROLE_SERVER']
        for node in servers[1:]:
            subprocess.run([cluster.binary, 'drain', node, '--coordinator',
                            cluster.address], check=True,
                           stdout=subprocess.DEVNULL)
        return report(moves.next()) and met
    finally:
        moves.close()


def main():
    flags = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    flags.add_argument('--features', type=int, default=360000)
    flags.add_argument('--staleness', type=int, default=0)
    flags.add_argument('--lineup',
                       default=os.path.join(ROOT, 'bazel-bin/cli/lineup'))
    arguments = flags.parse_args()
    with tempfile.TemporaryDirectory(prefix='lineup-moves-') as directory:
        data = os.path.join(directory, 'train.svm')
        write_data(data, arguments.features)
        cluster = Cluster(arguments.lineup, directory, tcp=True)
        try:
            cluster.use_workers(2)
            subprocess.run(
                [cluster.binary, 'submit', '--coordinator', cluster.address,
                 '--min-servers', '2', '--min-workers', '2', '--train', data,
                 '--output', os.path.join(directory, 'model'),
                 '--predictor-type', 'binary_classifier',
                 '--mini-batch-size', '500', '--epochs', '500',
                 '--early-stopping-patience', '500', '--lanes', '4',
                 '--staleness', str(arguments.staleness)],
                check=True, stdout=subprocess.DEVNULL)
            met = move(cluster)
            subprocess.run([cluster.binary, 'stop', '--discard',
                            '--coordinator', cluster.address], check=True,
                           stdout=subprocess.DEVNULL)
        finally:
            cluster.close()
    sys.exit(0 if met else 1)


if __name__ == '__main__':
    main()
