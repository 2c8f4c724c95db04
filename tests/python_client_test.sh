#!/bin/bash
# Runs tests/python_client.py with modules made from the .proto files.
set -euo pipefail

# Debian's Python has Debian's grpcio, whatever comes first in the PATH.
python=/usr/bin/python3
if ! "$python" -c 'import grpc, google.protobuf' 2>/dev/null; then
  echo "needs python3-grpcio and python3-protobuf: run tools/setup.sh"
  exit 1
fi

modules=$TEST_TMPDIR/modules
mkdir -p "$modules"
protoc --proto_path=. --python_out="$modules" --grpc_out="$modules" \
  --plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin proto/*.proto
PYTHONPATH=$modules "$python" tests/python_client.py cli/lineup \
  examples/digits/train.csv
