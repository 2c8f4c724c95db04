#!/usr/bin/python3
"""Times Lineup's 32 candidates beside scikit-learn's SGDClassifier of one.

  benchmarks/speed.py [--rows N] [--data DIR] [--runs N]

Whole processes, from text files to the chosen model, three epochs: lineup
train with all candidates and with one, and scikit-learn reading the same files
(pandas for CSV, its own loader for LIBSVM) and training one model; where a vw
is on the PATH, its single pass of one model, too. Each is run several times in
turn, and the fastest run of each counts. The data (1,000,000 x 100 dense CSV,
1,000,000 x 1,000,000 sparse LIBSVM) is made by benchmarks/make_data.py.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

from synthetic_jobs import ENDINGS, EPOCHS, flags, make_data, parser

SCIKIT_DENSE = """
import sys, pandas, numpy
from sklearn.linear_model import SGDClassifier
from sklearn.preprocessing import StandardScaler
train, valid = (pandas.read_csv(p, header=None, dtype=numpy.float32).values
                for p in sys.argv[1:3])
scaler = StandardScaler().fit(train[:10000, 1:])
model = SGDClassifier(loss='log_loss', max_iter=%d, tol=None)
model.fit(scaler.transform(train[:, 1:]), train[:, 0])
print(model.score(scaler.transform(valid[:, 1:]), valid[:, 0]))
""" % EPOCHS

SCIKIT_SPARSE = """
import sys
from sklearn.datasets import load_svmlight_files
from sklearn.linear_model import SGDClassifier
x, y, vx, vy = load_svmlight_files(sys.argv[1:3], n_features=int(sys.argv[3]))
model = SGDClassifier(loss='log_loss', max_iter=%d, tol=None).fit(x, y)
print(model.score(vx, vy))
""" % EPOCHS


def run(command):
    """Wall seconds and peak memory in MB of a command that must succeed."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit('speed: %s failed:\n%s' %
                 (' '.join(command[:3]), error.decode()))
    return time.monotonic() - begin, usage.ru_maxrss / 1000


def measure(arguments, kind, commands):
    best = {}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            seconds, memory = run(command)
            old = best.get(name, (seconds, memory))
            best[name] = (min(old[0], seconds), max(old[1], memory))
    ours, one = best['lineup, 32 candidates'], best['lineup, 1 candidate']
    peer = best['scikit-learn, 1 model']
    print('%s:' % kind)
    for name, (seconds, memory) in best.items():
        print('  %-24s %8.2f s   %7.0f MB at most' % (name, seconds, memory))
    print('  32 candidates / scikit-learn\'s one model: %.3f (goal: at most '
          '0.333) %s' % (ours[0] / peer[0],
                         'met' if ours[0] <= peer[0] / 3 else 'NOT MET'))
    print('  32 candidates / 1 candidate:              %.3f (goal: at most '
          '2.5) %s' % (ours[0] / one[0],
                       'met' if ours[0] <= 2.5 * one[0] else 'NOT MET'),
          flush=True)
    return ours[0] <= peer[0] / 3 and ours[0] <= 2.5 * one[0]


def main():
    arguments = parser(__doc__.split('\n')[0], list(ENDINGS),
                       runs=3).parse_args()
    output = tempfile.mkdtemp(prefix='lineup-speed-')
    model = os.path.join(output, 'model')
    met = True
    for kind, script in (('dense', SCIKIT_DENSE), ('sparse', SCIKIT_SPARSE)):
        if arguments.only not in (None, kind):
            continue
        train, valid = make_data(arguments, kind)
        lineup = [arguments.lineup, 'train', *flags(train, valid, model)]
        commands = {
            'lineup, 32 candidates': lineup,
            'lineup, 1 candidate': lineup + ['--num-models', '1'],
            'scikit-learn, 1 model': [sys.executable, '-c', script, train,
                                      valid, '1000000'],
        }
        if kind == 'sparse' and shutil.which('vw'):
            commands['vw, 1 model, 1 pass'] = [
                'vw', '--loss_function', 'logistic', '--quiet', '-b', '20',
                train]
        met &= measure(arguments, kind, commands)
    shutil.rmtree(output)
    sys.exit(0 if met else 1)


if __name__ == '__main__':
    main()
