#!/bin/bash
# Makes a certificate authority and certificates of it, to try and to test TLS:
#
#   tools/make_certificates.sh DIRECTORY [NAME...]
#
# DIRECTORY gets ca.pem and ca.key, and for each NAME (default: node) NAME.pem
# and NAME.key, valid for localhost, 127.0.0.1, ::1 and this host's name, for
# servers and clients alike, for 30 days. A CA that is there already is used
# again, so names can be added and renewed.
#
#   lineup server --tls-ca DIRECTORY/ca.pem \
#     --tls-certificate DIRECTORY/node.pem --tls-key DIRECTORY/node.key
set -euo pipefail
umask 077

fail() {
  printf 'make_certificates: %s\n' "$@" >&2
  exit 1
}

(($# >= 1)) || fail "no directory given; see the head of $0"
command -v openssl >/dev/null ||
  fail "openssl is missing; install Debian's package openssl"
directory=$1
shift
names=("$@")
((${#names[@]} > 0)) || names=(node)
mkdir -p "$directory"
cd "$directory"

new_key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

if [[ ! -e ca.pem ]]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 30 -subj "/CN=Lineup test CA" \
    -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -out ca.pem
fi

for name in "${names[@]}"; do
  new_key "$name.key.new"
  openssl req -new -key "$name.key.new" -subj "/CN=$name" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
      -out "$name.pem.new" -extfile <(
        echo "subjectAltName=DNS:localhost,DNS:$(hostname),IP:127.0.0.1,IP:::1"
        echo "extendedKeyUsage=serverAuth,clientAuth"
      ) 2>/dev/null
  # Both at once, as nearly as two files allow.
  mv "$name.key.new" "$name.key"
  mv "$name.pem.new" "$name.pem"
done
