#!/bin/bash
# Installs Debian packages that are missing, as root; without root it says which.
# Services that a package brings are not started: tests and benchmark run their own.
set -eu
missing=""
for package in "$@"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "not installed: sudo apt-get install$missing" >&2
  exit 1
fi
made=""
if [ ! -e /usr/sbin/policy-rc.d ]; then
  made=yes
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
trap '[ -z "$made" ] || rm -f /usr/sbin/policy-rc.d' EXIT
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
