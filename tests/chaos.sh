#!/bin/bash
# Runs tests/chaos.py, which says what it does, with modules made from the .proto
# files: tests/chaos.sh --kills 200
set -euo pipefail

# Debian's Python has Debian's grpcio, whatever comes first in the PATH.
python=/usr/bin/python3
if ! "$python" -c 'import grpc, google.protobuf' 2>/dev/null; then
  echo "needs python3-grpcio and python3-protobuf: run tools/setup.sh"
  exit 1
fi

lineup=bazel-bin/cli/lineup
if [[ -n ${TEST_TMPDIR:-} ]]; then
  lineup=cli/lineup  # a test of Bazel is run among its files
else
  cd "$(dirname "$0")/.."
fi
modules=$(mktemp -d)
trap 'rm -rf "$modules"' EXIT
protoc --proto_path=. --python_out="$modules" --grpc_out="$modules" \
  --plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin proto/*.proto
# Its care for forks now and then hangs a script that starts processes.
export GRPC_ENABLE_FORK_SUPPORT=0
PYTHONPATH=$modules "$python" tests/chaos.py --lineup "$lineup" "$@"
