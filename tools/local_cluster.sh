#!/bin/bash
# Starts a cluster on this machine and runs it until Ctrl-C:
#
#   tools/local_cluster.sh [SERVERS [WORKERS [PORT]]]     default: 2 2 7000
#
# Then, in another terminal:
#
#   export LINEUP_COORDINATOR=127.0.0.1:7000
#   bazel-bin/cli/lineup submit --train … --output … --follow
set -euo pipefail
cd "$(dirname "$0")/.."

servers=${1:-2}
workers=${2:-2}
address=127.0.0.1:${3:-7000}
lineup=bazel-bin/cli/lineup
[[ -x $lineup ]] || bazel build --noshow_progress //cli:lineup

processes=()
# Only processes that this script started, by their ids.
stop() {
  kill "${processes[@]}" 2>/dev/null || true
  wait
}
trap stop EXIT

"$lineup" coordinator --listen "$address" &
processes+=($!)
for ((i = 0; i < servers; ++i)); do
  "$lineup" server --coordinator "$address" --listen 127.0.0.1:0 &
  processes+=($!)
done
for ((i = 0; i < workers; ++i)); do
  "$lineup" worker --coordinator "$address" --threads 1 &
  processes+=($!)
done
echo "export LINEUP_COORDINATOR=$address"
wait
