#!/usr/bin/python3
"""Compares the quality of Lineup's models with scikit-learn's on real data.

  benchmarks/quality.py [--data DIR] [--lineup PATH] [NAME ...]

Each row trains Lineup on a data set and a peer from scikit-learn (Debian's
python3-sklearn, tools/setup.sh --benchmarks) on the same data, normalised in
the same way, the peer with the best of a small grid of its own; and says
whether the goal was met. The exit status is 0 if all were. DIR (default: the
directory that LINEUP_DATA names) has the data sets that docs/testing.md
lists; those that are absent are left out, and said to be.
"""
import gzip
import os
import sys
import warnings

import numpy as np
from sklearn.datasets import load_svmlight_file
from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge
from sklearn.preprocessing import StandardScaler

from real_jobs import BINARY, Lineup, MNIST, REGRESSION, parse_arguments

GRID = [0.01, 0.1, 1.0, 10.0]  # inverse regularisation strength


def read_csv(path):
    with (gzip.open if path.endswith('.gz') else open)(path, 'rt') as file:
        first = file.readline()
        skip = 0
        try:
            [float(x) for x in first.split(',')]
        except ValueError:
            skip = 1
    table = np.loadtxt(path, delimiter=',', skiprows=skip, dtype=np.float32)
    return table[:, 1:], table[:, 0]


def write_csv(path, x, y):
    with open(path, 'w') as file:
        for label, row in zip(y, x):
            file.write('%g,' % label + ','.join('%.9g' % v for v in row) + '\n')


def scaled(train, valid):
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(valid)


def log_loss(y, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def best_log_loss(x, y, vx, vy):
    return min(
        log_loss(vy, LogisticRegression(C=c, max_iter=1000).fit(x, y)
                 .predict_proba(vx)[:, 1]) for c in GRID)


def best_accuracy(x, y, vx, vy, grid):
    return max(
        LogisticRegression(C=c, max_iter=300).fit(x, y).score(vx, vy)
        for c in grid)


def best_ridge_rmse(x, y, vx, vy):
    return min(
        np.sqrt(np.mean((Ridge(alpha=1 / c).fit(x, y).predict(vx) - vy)**2))
        for c in GRID)


def binary_row(lineup, train, valid, peer):
    model = lineup.train(train, valid, **BINARY)
    return ('log loss', model['metrics']['validation']['objective_loss'],
            peer(), 'at most 1.005 times')


def a9a(data, lineup):
    train, valid = data + '/a9a/a9a.train.svm', data + '/a9a/a9a.valid.svm'

    def peer():
        x, y = load_svmlight_file(train, n_features=123)
        vx, vy = load_svmlight_file(valid, n_features=123)
        return best_log_loss(x, (y > 0).astype(int), vx, (vy > 0).astype(int))

    return binary_row(lineup, train, valid, peer)


def higgs(data, lineup):
    train = data + '/higgs/higgs7k.train.csv'
    valid = data + '/higgs/higgs7k.valid.csv'

    def peer():
        (x, y), (vx, vy) = read_csv(train), read_csv(valid)
        x, vx = scaled(x, vx)
        return best_log_loss(x, y, vx, vy)

    return binary_row(lineup, train, valid, peer)


def mnist_is_zero(data, lineup):
    (x, y), (vx, vy) = (read_csv(data + '/mnist/%s.csv.gz' % part)
                        for part in ('train', 'test'))
    y, vy = (y == 0).astype(int), (vy == 0).astype(int)
    train, valid = (os.path.join(lineup.directory, n)
                    for n in ('zero.train.csv', 'zero.valid.csv'))
    write_csv(train, x, y)
    write_csv(valid, vx, vy)

    def peer():
        sx, svx = scaled(x, vx)
        return min(
            log_loss(vy, LogisticRegression(C=c, max_iter=100).fit(sx, y)
                     .predict_proba(svx)[:, 1]) for c in [0.001, 0.01, 0.1])

    return binary_row(lineup, train, valid, peer)


def ridge_row(lineup, data, name):
    train, valid = (data + '/%s/%s.%s.csv' % (name[0], name[1], part)
                    for part in ('train', 'valid'))
    model = lineup.train(train, valid, **REGRESSION)
    (x, y), (vx, vy) = read_csv(train), read_csv(valid)
    x, vx = scaled(x, vx)
    return ('RMSE', model['metrics']['validation']['rmse'],
            best_ridge_rmse(x, y, vx, vy), 'at most 1.005 times')


def california(data, lineup):
    return ridge_row(lineup, data, ('california_housing', 'calhousing'))


def abalone(data, lineup):
    return ridge_row(lineup, data, ('abalone', 'abalone'))


def quantile_row(data, lineup, loss, quantile):
    """The training objective against the exact linear program's."""
    train = data + '/abalone/abalone.train.csv'
    model = lineup.train(train, train, predictor_type='regressor', loss=loss,
                         quantile=quantile, epochs=100, mini_batch_size=200,
                         learning_rate='0.005,0.02', wd='0',
                         lr_scheduler_step='50,100',
                         early_stopping_patience=100)
    x, y = read_csv(train)
    exact = QuantileRegressor(quantile=quantile, alpha=0, solver='highs').fit(
        scaled(x, x)[0], y)
    error = y - exact.predict(scaled(x, x)[0])
    peer = np.mean(np.maximum(quantile * error, (quantile - 1) * error))
    factor = 2 if loss == 'absolute_loss' else 1
    return (loss.replace('_', ' '),
            model['metrics']['validation']['objective_loss'], peer * factor,
            'at most 1.01 times')


def absolute(data, lineup):
    return quantile_row(data, lineup, 'absolute_loss', 0.5)


def quantile(data, lineup):
    return quantile_row(data, lineup, 'quantile_loss', 0.9)


def multiclass_row(lineup, train, valid, peer, goal, **settings):
    model = lineup.train(train, valid, **settings)
    return ('accuracy', model['metrics']['validation']['multiclass_accuracy'],
            peer, goal)


def mnist(data, lineup):
    return multiclass_row(
        lineup, data + '/mnist/train.csv.gz', data + '/mnist/test.csv.gz',
        0.92, 'at least', **MNIST)


def letter(data, lineup):
    train, valid = (data + '/letter/letter.%s.csv' % part
                    for part in ('train', 'valid'))
    (x, y), (vx, vy) = read_csv(train), read_csv(valid)
    x, vx = scaled(x, vx)
    return multiclass_row(
        lineup, train, valid, best_accuracy(x, y, vx, vy, [1, 10, 100]),
        'at most 0.01 below', predictor_type='multiclass_classifier',
        num_classes=26, epochs=60, mini_batch_size=200,
        learning_rate='0.02,0.05', wd='0,0.00001', lr_scheduler_step=100,
        early_stopping_patience=10)


ROWS = {
    'a9a': a9a,
    'higgs': higgs,
    'mnist_is_zero': mnist_is_zero,
    'california_housing': california,
    'abalone': abalone,
    'abalone_absolute': absolute,
    'abalone_quantile': quantile,
    'mnist': mnist,
    'letter': letter,
}
FOLDERS = {'mnist_is_zero': 'mnist', 'abalone_absolute': 'abalone',
           'abalone_quantile': 'abalone'}


def is_met(goal, ours, peer):
    if goal == 'at least':
        return ours >= peer
    if goal == 'at most 0.01 below':
        return ours >= peer - 0.01
    return ours <= peer * float(goal.split()[2])


def main():
    arguments = parse_arguments(__doc__.split('\n')[0], ROWS)
    warnings.filterwarnings('ignore')
    lineup = Lineup(arguments.lineup)
    print('%-20s %-15s %12s %12s  %-22s %s' %
          ('data', 'measure', 'Lineup', 'peer', 'goal', 'met'), flush=True)
    failed = 0
    for name in arguments.names or ROWS:
        folder = os.path.join(arguments.data, FOLDERS.get(name, name))
        if not os.path.isdir(folder):
            print('%-20s left out: there is no %s' % (name, folder))
            continue
        measure, ours, peer, goal = ROWS[name](arguments.data, lineup)
        met = is_met(goal, ours, peer)
        failed += not met
        print('%-20s %-15s %12.6f %12.6f  %-22s %s' %
              (name, measure, ours, peer, goal, 'yes' if met else 'NO'),
              flush=True)
    lineup.close()
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
