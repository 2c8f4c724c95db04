#!/usr/bin/python3
"""Makes the example tables from those that Debian's python3-sklearn carries.

    examples/make_examples.py [DIRECTORY]

writes {breast_cancer,diabetes,digits}/{train,validation}.csv below DIRECTORY
(default: beside this script): the label first, a header, and the rows in a
random order of fixed seed, the last fifth of them for validation. The numbers
are copied digit by digit. The committed files are its output.
"""

import csv
import gzip
import pathlib
import random
import sys

TABLES = pathlib.Path("/usr/lib/python3/dist-packages/sklearn/datasets/data")
VALIDATION_FRACTION = 0.2
SEED = 1

CELL_MEASURES = [
    "radius", "texture", "perimeter", "area", "smoothness", "compactness",
    "concavity", "concave_points", "symmetry", "fractal_dimension"
]
BREAST_CANCER_FEATURES = ([f"mean_{m}" for m in CELL_MEASURES] +
                          [f"{m}_error" for m in CELL_MEASURES] +
                          [f"worst_{m}" for m in CELL_MEASURES])
DIABETES_FEATURES = [
    "age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"
]
DIGITS_FEATURES = [f"pixel_{i // 8}_{i % 8}" for i in range(64)]


def breast_cancer():
    with open(TABLES / "breast_cancer.csv", newline="") as file:
        rows = list(csv.reader(file))[1:]  # the first line counts the rows
    return (["benign"] + BREAST_CANCER_FEATURES,
            [[row[-1]] + row[:-1] for row in rows])


def diabetes():
    with gzip.open(TABLES / "diabetes_data_raw.csv.gz", "rt") as file:
        features = [line.split() for line in file]
    with gzip.open(TABLES / "diabetes_target.csv.gz", "rt") as file:
        labels = [f"{float(line):g}" for line in file]
    assert len(features) == len(labels)
    return (["progression"] + DIABETES_FEATURES,
            [[label] + row for label, row in zip(labels, features)])


def digits():
    with gzip.open(TABLES / "digits.csv.gz", "rt", newline="") as file:
        rows = list(csv.reader(file))
    return (["digit"] + DIGITS_FEATURES, [[row[-1]] + row[:-1] for row in rows])


def write(path, header, rows):
    assert all(len(row) == len(header) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header] + rows)
    print(f"{path}: {len(rows)} rows, {len(header) - 1} features")


def main():
    if not TABLES.is_dir():
        sys.exit(f"{TABLES} does not exist; install Debian's python3-sklearn")
    directory = pathlib.Path(
        sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for table in (breast_cancer, diabetes, digits):
        header, rows = table()
        random.Random(SEED).shuffle(rows)
        num_train = len(rows) - round(VALIDATION_FRACTION * len(rows))
        name = table.__name__
        write(directory / name / "train.csv", header, rows[:num_train])
        write(directory / name / "validation.csv", header, rows[num_train:])


main()
