#!/usr/bin/env bash
# Installs, from Debian's own packages and one from PyPI, the real programs the tests talk to. Run by `npm run stack:install` and by CI.
#
#   prometheus     the server that scrapes /metrics, and promtool, which checks the text format and the rules
#   alertmanager   receives alerts
#   postgres       a database with connection pools, locks and plans; another one with pgvector
#   redis-server   a cache that can fail
#   mariadbd       a database for clients of MySQL
#   influxd        stores line protocol; influx reads it back
#   chromium       shows the page
#   jq, shellcheck read what Grafana answers to a script of this folder, and the scripts
#
# With --full it then builds what Debian has no package for, a Collector and a Jaeger: see build-from-source.sh.
#
# What is there already is skipped; running it again changes nothing. It asks no questions. It needs root, directly or through
# sudo. The tests start their own copies on free ports, so Debian is asked not to start its services.
set -euo pipefail

say() { printf 'stack:install: %s\n' "$*"; }
fail() { printf 'stack:install: %s\n' "$*" >&2; exit 1; }
# The end of this part.
finish() {
  say "$1"
  if [ "$full" = yes ]; then exec "$(dirname "$0")/build-from-source.sh"; fi
  exit 0
}

case "$*" in
  '') full=no ;;
  --full) full=yes ;;
  *) fail "the only option is --full, not $*" ;;
esac

# One line per program: the command a test needs, the packages that bring it, what it is for. Debian 12 ships promtool inside
# the package prometheus, later releases as a package of its own; names the release does not know are left out. A package whose
# name starts with `?` is not in every release: where apt does not know it, its tests are skipped and say so.
PROGRAMS='prometheus|prometheus|scrapes the metrics endpoint in tests
promtool|prometheus promtool|checks the metrics text and the rules
prometheus-alertmanager|prometheus-alertmanager|receives alerts in tests
postgres|postgresql|is the database with pools, locks and plans
redis-server|redis-server|is the cache that can fail
mariadbd|mariadb-server|is the database of clients of MySQL
influxd|?influxdb|stores line protocol in tests
influx|?influxdb-client|reads it back
chromium|chromium|shows the page in tests
shellcheck|shellcheck|reads the scripts of this folder
jq|jq|reads what Grafana answers, for those scripts'

# Debian keeps the programs of Postgres out of the PATH, one folder per major version, and servers out of the PATH of users.
PATH="$PATH:/usr/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)"

missing=''
optional=''
while IFS='|' read -r program packages purpose; do
  if path=$(command -v "$program"); then
    say "$program is there ($path)"
  else
    say "$program is missing; it $purpose"
    case "$packages" in '?'*) optional="$optional ${packages#?}" ;; *) missing="$missing $packages" ;; esac
  fi
done <<<"$PROGRAMS"

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env "$@"
  elif command -v sudo >/dev/null; then
    sudo --non-interactive env "$@"
  else
    fail 'root is needed to install packages: run this as root or install sudo'
  fi
}

# Debian 12 has no pgvector. The Python package pgserver bundles it with a Postgres of its own; without it one test is skipped.
PGVECTOR=/opt/mcp-vitals-stack/pgserver
if [ -x "$PGVECTOR/pgserver/pginstall/bin/postgres" ]; then
  say "pgvector is there ($PGVECTOR)"
elif python3 -m pip --version >/dev/null 2>&1 &&
  as_root python3 -m pip install --quiet --no-deps --only-binary :all: --target "$PGVECTOR" pgserver==0.1.4; then
  say "pgvector is there now ($PGVECTOR)"
else
  say 'pgvector is missing, and pip could not install it; the test that compares it is skipped'
fi

if [ -z "$missing$optional" ]; then
  finish 'nothing to do'
fi

command -v apt-get >/dev/null || fail "this machine has no apt-get. Install the programs named above in your own way
and put them on the PATH; the tests need nothing else."

say 'reading the package lists'
as_root DEBIAN_FRONTEND=noninteractive apt-get update -q

available=''
for package in $missing $optional; do
  case " $available " in *" $package "*) continue ;; esac
  if [ -n "$(apt-cache madison "$package")" ]; then available="$available $package"; fi
done
[ -n "$available" ] || [ -z "$missing" ] || fail "none of the packages$missing is known to apt on this machine"

# Recommended packages would pull in dozens of exporters and services nobody needs here. RUNLEVEL=1 keeps Debian from starting
# the services that come along.
if [ -n "$available" ]; then
  say "installing$available"
  # shellcheck disable=SC2086
  as_root RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $available
fi

PATH="$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin)"
while IFS='|' read -r program packages _; do
  command -v "$program" >/dev/null && continue
  case "$packages" in
    '?'*) say "$program is not in this release of Debian; its tests are skipped" ;;
    *) fail "$program is still missing after installing$available" ;;
  esac
done <<<"$PROGRAMS"
finish 'done'
