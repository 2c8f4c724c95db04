#!/usr/bin/python3
"""Compares models trained on a cluster with those trained in one process.

  benchmarks/cluster_quality.py [--data DIR] [--lineup PATH] [NAME ...]

Trains a binary, a multiclass and a regression job on real data (docs/testing.md
says which; DIR is the directory that LINEUP_DATA names unless given) with
`lineup train`, and through a cluster on this machine: a coordinator, two
parameter servers and 1, 2 and 4 workers, at staleness 0, 8 and unbounded. Each
row says how the validation quality of the chosen candidate differs from the
embedded run's (above 0: the cluster's is worse) and whether it is within the
goal of 0.5 %. The exit status is 0 if all are.

The cluster's jobs have 8 lanes, so that there is something to synchronise also
where `lineup submit` would choose fewer for so little data. Both see the same
number of examples in one update: without synchronisation every minibatch is
one, so all settings are the same; at staleness 0 an update takes a minibatch
from each lane, so that mini_batch_size is an eighth. The column "bits" says for
staleness 0 whether the model is that of `lineup train --lanes 8`, bit by bit.
"""
import contextlib
import gzip
import os
import shutil
import sys
import time

from local_cluster import Cluster
from real_jobs import BINARY, Lineup, MNIST, REGRESSION
from real_jobs import flags, parse_arguments, read_model

STALENESS = ['0', '8', 'unbounded']
WORKERS = [1, 2, 4]
SERVERS = 2
LANES = 8  # the most that lineup submit chooses by itself
GOAL = 0.5  # percent


def unpacked(directory, path):
    """A compressed file can be read by one worker alone; a plain one is cut."""
    plain = os.path.join(directory, os.path.basename(path)[:-len('.gz')])
    if not os.path.exists(plain):
        with gzip.open(path, 'rb') as source, open(plain, 'wb') as target:
            shutil.copyfileobj(source, target)
    return plain


def a9a(data, directory):
    return ([data + '/a9a/a9a.%s.svm' % part for part in ('train', 'valid')],
            'log loss', 'objective_loss', BINARY)


def mnist(data, directory):
    return ([unpacked(directory, data + '/mnist/%s.csv.gz' % part)
             for part in ('train', 'test')],
            'accuracy', 'multiclass_accuracy', MNIST)


def california(data, directory):
    return ([data + '/california_housing/calhousing.%s.csv' % part
             for part in ('train', 'valid')], 'RMSE', 'rmse', REGRESSION)


ROWS = {'a9a': a9a, 'mnist': mnist, 'california_housing': california}


def train_on(cluster, directory, train, valid, **settings):
    output = os.path.join(directory, 'cluster-model')
    cluster.submit('--train', train, '--validation', valid, '--output', output,
                   *flags(settings))
    return read_model(output)


def worse_by(measure, embedded, cluster):
    """In percent of the embedded run's; accuracy is better when higher."""
    sign = -1 if measure == 'accuracy' else 1
    return 100 * sign * (cluster - embedded) / embedded


def same_model(a, b):
    return all(a.get(part) == b.get(part)
               for part in ('best_candidate', 'bias', 'weights', 'threshold'))


def run(name, arguments, lineup, cluster):
    """Prints the rows of one job; returns how many missed the goal."""
    missed = 0
    (train, valid), measure, metric, settings = ROWS[name](
        arguments.data, lineup.directory)
    synchronous = dict(settings, mini_batch_size=round(
        settings['mini_batch_size'] / LANES))
    embedded = lineup.train(train, valid, **settings)
    same_bits = lineup.train(train, valid, lanes=LANES, **synchronous)
    reference = embedded['metrics']['validation'][metric]
    for staleness in STALENESS:
        for workers in WORKERS:
            cluster.use_workers(workers)
            begin = time.monotonic()
            model = train_on(
                cluster, lineup.directory, train, valid, staleness=staleness,
                lanes=LANES,
                **(synchronous if staleness == '0' else settings))
            seconds = time.monotonic() - begin
            value = model['metrics']['validation'][metric]
            worse = worse_by(measure, reference, value)
            missed += worse > GOAL
            bits = ''
            if staleness == '0':
                bits = 'yes' if same_model(model, same_bits) else 'NO'
                missed += bits == 'NO'
            print('%-18s  %-9s %9s %7d  %10.6f %10.6f %+8.3f  %-5s %-4s %8.1f'
                  % (name, measure, staleness, workers, reference, value,
                     worse, 'NO' if worse > GOAL else 'yes', bits, seconds),
                  flush=True)
    return missed


def main():
    arguments = parse_arguments(__doc__.split('\n')[0], ROWS)
    missed = 0
    print('%-18s  %-9s %9s %7s  %10s %10s %8s  %-5s %-4s %8s' % (
        'data', 'measure', 'staleness', 'workers', 'embedded', 'cluster',
        'worse, %', 'goal', 'bits', 'seconds'), flush=True)
    with contextlib.closing(Lineup(arguments.lineup)) as lineup:
        with contextlib.closing(
                Cluster(arguments.lineup, lineup.directory,
                        SERVERS)) as cluster:
            for name in arguments.names or ROWS:
                missed += run(name, arguments, lineup, cluster)
    sys.exit(1 if missed else 0)


if __name__ == '__main__':
    main()
