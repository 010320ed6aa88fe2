#!/bin/bash
# The built pages are those of their source: built again elsewhere they are the same octets.
set -euo pipefail
cd "$(dirname "$0")/.."
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
MAILMAX_DIST="$again" npm --prefix web run --silent build -- --logLevel warn
if ! diff -rq "$again" src/mailmax/webadmin/dist; then
    echo "src/mailmax/webadmin/dist is not what web/ makes: run make web" >&2
    exit 1
fi
