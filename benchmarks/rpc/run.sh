#!/bin/bash
# Measures payload through Pull and Push over loopback: one server process, and
# one client with one call in flight, one with two, and two clients; the first
# two also over mutual TLS.
#
#   benchmarks/rpc/run.sh [CLIENT_OPTION...]
#
# Options are the client's: --seconds 2, --block-kib 1024, --bfloat16, ...
# JOB="--candidates 8 --optimizer adam" measures another job, and
# LISTEN=unix:/tmp/socket another kind of address.
#
# For comparison, where ps-lite (github.com/dmlc/ps-lite) has been built,
# PS_LITE_BENCHMARK=/path/to/test_kv_app_benchmark also times its own
# benchmark: one push and one pull of 10,000,000 pairs of an 8-byte key and a
# float between two processes.
set -euo pipefail
cd "$(dirname "$0")/../.."

bazel build --noshow_progress --ui_event_filters=-info --show_result=0 \
  //benchmarks/rpc:rpc_benchmark
benchmark=bazel-bin/benchmarks/rpc/rpc_benchmark
directory=$(mktemp -d)
pids=()
cleanup() {
  ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
  rm -rf "$directory"
}
trap cleanup EXIT

read -ra job <<<"--lanes 4 ${JOB:-}"
mkfifo "$directory/input"

# Starts a server with the flags; sets $server and $address. It ends when its
# input does.
start_server() {
  : >"$directory/address"
  "$benchmark" server --listen "${LISTEN:-127.0.0.1:0}" "${job[@]}" "$@" \
    <"$directory/input" >"$directory/address" &
  server=$!
  pids=("$server")
  exec 3>"$directory/input"
  until grep -q '^serving on ' "$directory/address"; do
    kill -0 "$server"  # fails, and ends the script, if it is gone
  done
  address=$(sed 's/^serving on //' "$directory/address")
}

stop_server() {
  exec 3>&-
  wait "$server"
  pids=()
}

client() {
  "$benchmark" client --connect "$address" --server-pid "$server" \
    "${job[@]}" "$@"
}

# The flags for the certificate of a role.
tls() {
  echo "--tls-ca=$directory/ca.pem --tls-certificate=$directory/$1.pem" \
    "--tls-key=$directory/$1.key"
}

start_server

echo "$(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo |
  head -n 1), $(date -u +%F); server at $address"
echo "payload in GB/s, time of a call, processor seconds per GB (client and server)"
echo
echo "One client, one call in flight:"
client --num-lanes 1 "$@"
echo
echo "One client, two calls in flight:"
client --num-lanes 2 "$@"
echo
echo "Two clients, one call in flight each (add their rates; processor time"
echo "counts the server's for both):"
client --first-lane 2 "$@" >"$directory/second" &
second=$!
client --first-lane 1 "$@"
wait "$second"
cat "$directory/second"

stop_server

tools/make_certificates.sh "$directory" server worker
read -ra server_tls <<<"$(tls server)"
read -ra worker_tls <<<"$(tls worker)"
start_server "${server_tls[@]}"
for lanes in 1 2; do
  echo
  echo "With TLS, one client, calls in flight: $lanes"
  client --num-lanes "$lanes" "${worker_tls[@]}" "$@"
done
stop_server

ps_lite=${PS_LITE_BENCHMARK:-}
[[ -n $ps_lite ]] || exit 0
echo
echo "ps-lite, 10,000,000 (key, float) pairs, 40 MB of floats:"
export DMLC_NUM_SERVER=1 DMLC_NUM_WORKER=1
export DMLC_PS_ROOT_URI=127.0.0.1 DMLC_PS_ROOT_PORT=${PS_LITE_PORT:-58300}
for role in scheduler server worker; do
  DMLC_ROLE=$role "$ps_lite" >>"$directory/ps_lite" 2>&1 &
  pids+=($!)
done
wait "${pids[@]}" || true
pids=()
grep -q 'average time cost' "$directory/ps_lite" || {
  echo "it failed:" >&2
  cat "$directory/ps_lite" >&2
  exit 1
}
sed -nE 's/.*(Push|Pull) average time cost: ([0-9.]+)ms.*/\1 \2/p' \
  "$directory/ps_lite" | while read -r direction ms; do
  awk -v d="$direction" -v ms="$ms" 'BEGIN {
    printf "%s %8.1f ms %6.1f M pairs/s %6.2f GB/s of floats\n",
      d, ms, 1e4 / ms, 40 / ms }'
done
