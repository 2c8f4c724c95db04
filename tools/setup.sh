#!/bin/bash
# Installs what Lineup's build, tests and demo need and this machine lacks.
#
#   tools/setup.sh                what `make demo` and `make test` need
#   tools/setup.sh --clang        also for `make clang format lint fuzz`
#   tools/setup.sh --benchmarks   also what the benchmarks compare with
#
# For Debian 12, as root or with sudo. Does nothing, quickly, where all is
# installed already. Only Debian's own packages are used.
set -euo pipefail

packages=(
  # The build.
  bazel-bootstrap bazel-platforms bazel-rules-java bazel-rules-proto
  bazel-skylib g++ make protobuf-compiler protobuf-compiler-grpc
  # The libraries.
  libabsl-dev libarchive-dev libcli11-dev libeigen3-dev libfast-float-dev
  libgoogle-glog-dev libgrpc++-dev libprotobuf-dev libsqlite3-dev libssl-dev
  libxxhash-dev libzstd-dev nlohmann-json3-dev zlib1g-dev
  # The tests and microbenchmarks.
  iproute2 libbenchmark-dev libgmock-dev libgtest-dev openssl python3-grpcio
  python3-protobuf
)

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

for option in "$@"; do
  case "$option" in
    --clang)
      packages+=(clang-14 clang-format-14 libclang-rt-14-dev lld-14) ;;
    --benchmarks)
      packages+=(liblinear-tools python3-pandas python3-scipy
                 python3-sklearn) ;;
    -h | --help)
      sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"
      exit 0 ;;
    *)
      fail "unknown option $option; the options are --clang and --benchmarks" ;;
  esac
done

command -v dpkg-query >/dev/null ||
  fail "this system has no dpkg; Lineup is built with Debian 12's packages." \
    "Use Debian 12, or a container of it (docker run -it debian:12)."

missing=()
# Virtual machines and containers are often without a package or two, so each
# one is asked for; dpkg-query fails when it knows nothing of some.
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
  "${packages[@]}" 2>/dev/null || true)
for package in "${packages[@]}"; do
  grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "setup: all ${#packages[@]} packages are installed"
  exit 0
fi

system=$(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-}")
[[ $system == "debian 12" ]] ||
  fail "this is $system; Lineup is built with Debian 12's packages." \
    "Missing here: ${missing[*]}" \
    "Use Debian 12, or a container of it (docker run -it debian:12)."

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    fail "missing packages: ${missing[*]}" \
      "Installing them needs root; run tools/setup.sh as root, or install sudo."
  as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)

echo "setup: installing ${#missing[@]} packages: ${missing[*]}"
"${apt[@]}" update ||
  fail "apt-get update failed; see above." \
    "Check the network and the sources in /etc/apt."
"${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
  fail "apt-get could not install the packages; see above."
echo "setup: done"
