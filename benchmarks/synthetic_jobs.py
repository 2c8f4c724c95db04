"""The jobs on synthetic data that the benchmarks of speed time."""
import argparse
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EPOCHS = 3
ENDINGS = {'dense': 'csv', 'sparse': 'svm'}


def parser(description, parts, runs):
    """The flags that all have; `parts` are what --only may name."""
    flags = argparse.ArgumentParser(description=description)
    flags.add_argument('--rows', type=int, default=1000000)
    flags.add_argument('--data', default='/tmp/lineup-benchmark-data')
    flags.add_argument('--runs', type=int, default=runs)
    flags.add_argument('--only', choices=parts)
    flags.add_argument('--lineup',
                       default=os.path.join(ROOT, 'bazel-bin/cli/lineup'))
    return flags


def make_data(arguments, kind):
    """Makes what is missing; the files of training and of validation."""
    os.makedirs(arguments.data, exist_ok=True)
    prefix = os.path.join(arguments.data, kind)
    subprocess.run([sys.executable,
                    os.path.join(ROOT, 'benchmarks', 'make_data.py'), kind,
                    prefix, '--rows', str(arguments.rows)], check=True)
    return tuple('%s.%s.%s' % (prefix, part, ENDINGS[kind])
                 for part in ('train', 'valid'))


def flags(train, valid, output):
    """The job, as flags of `lineup train` and `lineup submit`."""
    return ['--train', train, '--validation', valid, '--output', output,
            '--predictor-type', 'binary_classifier', '--epochs', str(EPOCHS),
            '--early-stopping-patience', str(EPOCHS)]
