#!/bin/bash
# Says (or, as root, installs) what a virtual environment needs on Debian.
set -eu
python=$1
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "MailMax needs Python 3.11 or newer: apt-get install python3.11" >&2; exit 1; }
"$python" -c 'import ensurepip, venv' 2>/dev/null && exit 0
if [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv
else
  echo "Python's venv module is missing: sudo apt-get install python3-venv" >&2
  exit 1
fi
