"""Jobs on real data that more than one benchmark runs, and how to run them.

The data sets are those that docs/testing.md lists; settings are flags of
`lineup train` and `lineup submit`.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

BINARY = dict(
    predictor_type='binary_classifier',
    binary_classifier_model_selection_criteria='loss_function', epochs=40,
    mini_batch_size=200, learning_rate='0.005,0.02',
    wd='0,0.00001,0.0001,0.001', lr_scheduler_step='100',
    lr_scheduler_minimum_lr='0.00001', early_stopping_patience=5)
REGRESSION = dict(
    predictor_type='regressor', epochs=100, mini_batch_size=200,
    learning_rate='0.005,0.02', wd='0,0.0001,0.001', lr_scheduler_step='50,200',
    early_stopping_patience=20)
MNIST = dict(
    predictor_type='multiclass_classifier', num_classes=10, epochs=15,
    mini_batch_size=500, learning_rate='0.002,0.005', wd='0.0001,0.001',
    lr_scheduler_step=50)


def flags(settings):
    arguments = []
    for name, value in settings.items():
        arguments += ['--' + name.replace('_', '-'), str(value)]
    return arguments


def read_model(directory):
    with open(os.path.join(directory, 'model.json')) as file:
        return json.load(file)


def parse_arguments(description, rows):
    """The arguments of a benchmark that takes names of rows."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('names', nargs='*', help=' '.join(rows))
    parser.add_argument('--data', default=os.environ.get('LINEUP_DATA'))
    parser.add_argument('--lineup',
                        default=os.path.join(ROOT, 'bazel-bin/cli/lineup'))
    arguments = parser.parse_args()
    name = os.path.basename(sys.argv[0])
    unknown = [row for row in arguments.names if row not in rows]
    if unknown:
        sys.exit('%s: there is no row %s; there are %s' %
                 (name, unknown[0], ' '.join(rows)))
    if not arguments.data:
        sys.exit('%s: no data; name its directory with --data or LINEUP_DATA '
                 '(docs/testing.md)' % name)
    if not os.access(arguments.lineup, os.X_OK):
        sys.exit('%s: there is no %s; build it with make build, or name it '
                 'with --lineup' % (name, arguments.lineup))
    return arguments


class Lineup:
    """Trains in one process and reads the model."""

    def __init__(self, binary):
        self.binary = binary
        self.directory = tempfile.mkdtemp(prefix='lineup-quality-')

    def train(self, train, valid, **settings):
        output = os.path.join(self.directory, 'model')
        subprocess.run([self.binary, 'train', '--train', train, '--validation',
                        valid, '--output', output, '--quiet'] + flags(settings),
                       check=True, stdout=subprocess.DEVNULL)
        return read_model(output)

    def close(self):
        shutil.rmtree(self.directory)
