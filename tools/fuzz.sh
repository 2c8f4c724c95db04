#!/bin/bash
# Searches for inputs that break a parser or decoder, with libFuzzer and the
# address and undefined-behaviour sanitizers:
#
#   tools/fuzz.sh [SECONDS [TARGET...]]
#
# SECONDS (default 60) for each fuzz target (default: all of them). What a
# fuzzer learns is kept in .cache/fuzz and used again by the next run; inputs
# that break a target are kept there too (TARGET.crash-*) and belong
# into the target's corpus together with the repair.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
if ((${#targets[@]} == 0)); then
  mapfile -t targets < <(
    bazel query --noshow_progress 'attr(tags, "\bfuzz\b", //...)' 2>/dev/null)
fi
((${#targets[@]} > 0)) || { echo "fuzz: no fuzz targets found" >&2; exit 1; }

bazel build --config=fuzz "${targets[@]}"

broken=()
for target in "${targets[@]}"; do
  file=${target#//}
  file=${file/://}
  corpus=.cache/fuzz/${file//\//.}
  mkdir -p "$corpus"
  bazel query --noshow_progress "labels(data, $target)" 2>/dev/null |
    sed 's|^//||; s|:|/|' | xargs -r cp -t "$corpus" --
  echo "fuzz: $target for $seconds s, corpus $corpus"
  "bazel-bin/$file" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$corpus." "$corpus" || broken+=("$target")
done

if ((${#broken[@]} > 0)); then
  printf 'fuzz: broken: %s\n' "${broken[@]}" >&2
  exit 1
fi
echo "fuzz: nothing found in ${#targets[@]} targets"
