#!/bin/bash
# Runs every test, or those whose Bazel options and targets are given:
#
#   tools/test.sh
#   tools/test.sh --config=asan //common/...
#
# The last line is "N passed, N failed", counted in test targets from Bazel's
# own summary; a target that could not be built or run has failed. The exit
# status is 0 only if some test ran and nothing failed.
set -uo pipefail
cd "$(dirname "$0")/.."

arguments=("$@")
[[ " $* " == *" //"* ]] || arguments+=(//...)

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Files of tests that no target has: they would be missed by nobody.
forgotten_tests() {
  local sources
  sources=$(bazel query 'labels(srcs, tests(//...))' 2>/dev/null) || return
  comm -23 <(git ls-files '*_test.cc' '*_test.sh' 2>/dev/null | sort) \
    <(sed 's|^//||; s|:|/|' <<<"$sources" | sort)
}
forgotten=$(forgotten_tests)
if [[ -n $forgotten ]]; then
  printf 'These tests are in no BUILD file:\n%s\n\n' "$forgotten"
  echo "0 passed, $(wc -l <<<"$forgotten") failed"
  exit 1
fi

bazel test --keep_going --test_summary=short --color=no --curses=no \
  --show_progress_rate_limit=10 "${arguments[@]}" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}

# A line of the summary: //package:target (cached) PASSED in 0.1s
count() {
  grep -cE "^//[^ ]+ +(\(cached\) )?($1)" "$log"
}
passed=$(count 'PASSED|FLAKY')
failed=$(count 'FAILED|TIMEOUT|NO STATUS|INCOMPLETE|REMOTE FAILURE')

# The logs of the targets whose line says so, those of every shard and run.
logs_of() {
  local target
  sed -nE "s#^//([^: ]*):([^ ]+) +(\\(cached\\) )?($1).*#\\1/\\2#p" "$log" |
    while read -r target; do
      find "bazel-testlogs/$target/" -name test.log 2>/dev/null
    done
}

skipped=$(logs_of 'PASSED|FLAKY' |
  xargs -r grep -hE '^\[  SKIPPED \] [A-Za-z0-9_/]+\.[A-Za-z0-9_/]+$' | sort -u)
if [[ -n $skipped ]]; then
  echo
  echo "Skipped test cases (their logs say why; for those that need large data"
  echo "sets see docs/testing.md):"
  sed 's/^\[  SKIPPED \]/ /' <<<"$skipped"
fi

# What failed, once more: by now the logs are far above.
logs_of 'FAILED|TIMEOUT' | while read -r failed_log; do
  printf '\nFailed: %s\n' "$failed_log"
  if grep -qE '^\[  PASSED  \]' "$failed_log" &&
    ! grep -qE '^\[  FAILED  \]' "$failed_log"; then
    echo "(no test case of this shard)"
    continue
  fi
  grep -A 6 -E ': Failure$|^[FE][0-9]{8} |ERROR: |Error: ' "$failed_log" |
    head -n 40
  tail -n 8 "$failed_log"
done

echo
if ((status != 0 && failed == 0)); then
  echo "Bazel failed with exit status $status; see above."
elif ((passed + failed == 0)); then
  echo "No test ran."
  status=1
fi
echo "$passed passed, $failed failed"
exit "$status"
