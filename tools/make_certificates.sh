#!/bin/bash
# Makes a certificate authority and certificates of it, one a role of a cluster:
#
#   tools/make_certificates.sh DIRECTORY [OPTION...] [ROLE...]
#
# DIRECTORY gets ca.pem and ca.key, and for each ROLE (coordinator, server,
# worker, operator, viewer; default: all) ROLE.pem and ROLE.key. A CA that is
# there already is used again, so certificates can be added and renewed. Each
# process is given three of the files:
#
#   lineup server --tls-ca DIRECTORY/ca.pem \
#     --tls-certificate DIRECTORY/server.pem --tls-key DIRECTORY/server.key
#
# Options:
#   --hosts NAMES   names and addresses, separated by commas, by which
#                   coordinator and servers are reached, besides localhost,
#                   127.0.0.1, ::1 and this host's name
#   --days N        valid for so long from now (default 30); 0: not any more
#   --name NAME     file name instead of ROLE's, with one ROLE
#
# SECURITY.md says what the certificates have to hold. ca.key stays with whoever
# makes certificates; no process of a cluster needs it.
set -euo pipefail
umask 077

fail() {
  printf 'make_certificates: %s\n' "$@" >&2
  exit 1
}

command -v openssl >/dev/null ||
  fail "openssl is missing; install Debian's package openssl"
directory='' hosts='' days=30 name=''
roles=()
while (($# > 0)); do
  case $1 in
    --hosts | --days | --name)
      (($# >= 2)) || fail "$1 needs a value"
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    coordinator | server | worker | operator | viewer)
      [[ -n $directory ]] || fail "the directory comes first; see the head of $0"
      roles+=("$1")
      ;;
    -*) fail "unknown option $1; see the head of $0" ;;
    *)
      [[ -z $directory ]] ||
        fail "$1 is no role; there are coordinator, server, worker, operator, viewer"
      directory=$1
      ;;
  esac
  shift
done
[[ -n $directory ]] || fail "no directory given; see the head of $0"
[[ $days =~ ^[0-9]+$ ]] || fail "--days: $days is no number of days"
((${#roles[@]} > 0)) || roles=(coordinator server worker operator viewer)
[[ -z $name || ${#roles[@]} -eq 1 ]] || fail "--name goes with one role"
mkdir -p "$directory"
cd "$directory"

new_key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

# What follows "subjectAltName=" for the hosts.
host_names() {
  local host
  printf 'DNS:localhost,DNS:%s,IP:127.0.0.1,IP:::1' "$(hostname)"
  for host in ${hosts//,/ }; do
    if [[ $host =~ ^[0-9.]+$ || $host == *:* ]]; then
      printf ',IP:%s' "$host"
    else
      printf ',DNS:%s' "$host"
    fi
  done
}

# Coordinator and servers are called; all roles call.
extensions() {
  local uri=URI:spiffe://lineup.test/lineup/$1
  case $1 in
    coordinator | server)
      printf 'subjectAltName=%s,%s\n' "$uri" "$(host_names)"
      echo "extendedKeyUsage=serverAuth,clientAuth"
      ;;
    *)
      echo "subjectAltName=$uri"
      echo "extendedKeyUsage=clientAuth"
      ;;
  esac
  echo "basicConstraints=critical,CA:FALSE"
  echo "keyUsage=critical,digitalSignature"
}

if [[ ! -e ca.pem ]]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=Lineup test CA" \
    -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
fi

for role in "${roles[@]}"; do
  file=${name:-$role}
  new_key "$file.key.new"
  openssl req -new -key "$file.key.new" -subj "/CN=$file" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" \
      -days "$days" -out "$file.pem.new" -extfile <(extensions "$role") 2>/dev/null ||
    fail "openssl could not sign the certificate of $file"
  # Both at once, as nearly as two files allow.
  mv "$file.key.new" "$file.key"
  mv "$file.pem.new" "$file.pem"
done
