#!/bin/bash
# Trains a lineup on each of the three tables in examples/ and shows what came
# out: what `make demo` runs.
set -euo pipefail
cd "$(dirname "$0")/.."

lineup=bazel-bin/cli/lineup
models=$(mktemp -d)
trap 'rm -rf "$models"' EXIT

# Prints a command and runs it.
run() {
  printf '\n$ lineup %s\n' "$*"
  "$lineup" "$@"
}

echo "== Two classes: is a breast tumour benign? =="
run train --train examples/breast_cancer/train.csv \
  --validation examples/breast_cancer/validation.csv \
  --predictor-type binary_classifier --mini-batch-size 50 \
  --output "$models/breast_cancer"

echo
echo "== Regression: how far has diabetes progressed after a year? =="
run train --train examples/diabetes/train.csv \
  --validation examples/diabetes/validation.csv \
  --predictor-type regressor --mini-batch-size 50 \
  --output "$models/diabetes"

echo
echo "== Ten classes: which digit was written? =="
run train --train examples/digits/train.csv \
  --validation examples/digits/validation.csv \
  --predictor-type multiclass_classifier --num-classes 10 \
  --mini-batch-size 50 --learning-rate 0.005,0.02,0.1 --wd 0.0001,0.001 \
  --output "$models/digits"

echo
echo "== The first model, and what it says about new examples =="
run inspect --model "$models/breast_cancer" --top 5
head -n 6 examples/breast_cancer/validation.csv >"$models/new.csv"
run predict --model "$models/breast_cancer" --input "$models/new.csv"
