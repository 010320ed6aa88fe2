#!/bin/bash
# Installs the real clients and servers that the tests drive. Without root it
# says what is missing; tests that need a missing one are skipped with the reason.
set -eu
packages="swaks libnet-ssleay-perl curl msmtp mutt isync fetchmail getmail6 postgresql-15 strace"
missing=""
for package in $packages; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "not installed (tests that need them are skipped): sudo apt-get install$missing" >&2
  exit 0
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
