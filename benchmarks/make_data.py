#!/usr/bin/python3
"""Writes large synthetic data for measurements, the same every time.

  benchmarks/make_data.py dense  PREFIX [--rows N] [--features N]
  benchmarks/make_data.py sparse PREFIX [--rows N] [--features N] [--nnz N]

dense: PREFIX.train.csv and .valid.csv, the label (0 or 1) first, no header;
correlated normal features of different scales and offsets.
sparse: PREFIX.train.svm and .valid.svm, LIBSVM text with ids from 1; features
as frequent as words (Zipf), rows of length 1. A tenth of the rows is for
validation. Files that are there already are kept.
"""
import argparse
import os
import sys

import numpy as np

CHUNK = 20000


def labels(rng, score):
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(int)


def dense(arguments, rng, write):
    features = arguments.features or 100
    factors = rng.normal(size=(20, features)) / np.sqrt(20)
    scale = np.exp(rng.normal(size=features))
    offset = rng.normal(size=features) * scale
    weight = rng.normal(size=features) * (rng.random(features) < 0.5) * 0.35
    line = '%d' + ',%.4g' * features + '\n'
    for begin in range(0, arguments.rows, CHUNK):
        n = min(CHUNK, arguments.rows - begin)
        x = rng.normal(size=(n, 20)) @ factors
        x += 0.7 * rng.normal(size=(n, features))
        y = labels(rng, x @ weight)
        write([line % ((int(a),) + tuple(b))
               for a, b in zip(y, (x * scale + offset).tolist())])


def sparse(arguments, rng, write):
    features = arguments.features or 1000000
    frequency = 1 / (np.arange(features) + 10.0)**1.1
    cumulative = np.cumsum(frequency / frequency.sum())
    ids = rng.permutation(features)
    weight = np.where(rng.random(features) < 0.1, rng.normal(size=features), 0)
    weight[ids[:2000]] = rng.normal(size=2000) * 0.5
    for begin in range(0, arguments.rows, CHUNK):
        n = min(CHUNK, arguments.rows - begin)
        count = np.maximum(3, rng.poisson(arguments.nnz * 1.12, size=n))
        row = np.repeat(np.arange(n), count)
        at = np.searchsorted(cumulative, rng.random(len(row)))
        key = np.unique(row.astype(np.int64) * features +
                        ids[np.minimum(at, features - 1)])
        row, feature = key // features, key % features
        value = 1 + rng.exponential(size=len(key))
        length = np.sqrt(np.bincount(row, value * value, minlength=n))
        value /= length[row]
        y = labels(rng, 6 * np.bincount(row, value * weight[feature],
                                        minlength=n) - 0.5)
        ends = np.cumsum(np.bincount(row, minlength=n))
        lines, start = [], 0
        for label, end in zip(y, ends):
            pairs = np.empty(2 * (end - start))
            pairs[0::2] = feature[start:end] + 1
            pairs[1::2] = value[start:end]
            lines.append(('%d' + ' %d:%.4g' * (end - start) + '\n') %
                         ((int(label),) + tuple(pairs.tolist())))
            start = end
        write(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('kind', choices=['dense', 'sparse'])
    parser.add_argument('prefix')
    parser.add_argument('--rows', type=int, default=1000000)
    parser.add_argument('--features', type=int, default=0)
    parser.add_argument('--nnz', type=float, default=40)
    arguments = parser.parse_args()
    ending = 'csv' if arguments.kind == 'dense' else 'svm'
    names = ['%s.%s.%s' % (arguments.prefix, part, ending)
             for part in ('train', 'valid')]
    if all(os.path.exists(name) for name in names):
        return
    rng = np.random.default_rng(1)
    rows_of_training = arguments.rows - arguments.rows // 10
    written = 0
    with open(names[0] + '.part', 'w') as train, \
            open(names[1] + '.part', 'w') as valid:

        def write(lines):
            nonlocal written
            cut = max(0, min(len(lines), rows_of_training - written))
            train.writelines(lines[:cut])
            valid.writelines(lines[cut:])
            written += len(lines)
            print('\r%s: %d rows' % (arguments.prefix, written), end='',
                  file=sys.stderr)

        {'dense': dense, 'sparse': sparse}[arguments.kind](arguments, rng,
                                                           write)
    print(file=sys.stderr)
    for name in names:
        os.rename(name + '.part', name)


if __name__ == '__main__':
    main()
