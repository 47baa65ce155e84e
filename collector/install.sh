#!/usr/bin/env bash
# Installs, from Debian's own packages, the real programs the tests talk to. Run by `npm run stack:install` and by CI.
#
#   prometheus   the server that scrapes /metrics, and promtool, which checks the text format and the rules
#
# What is there already is skipped; running it again changes nothing. It asks no questions. It needs root, directly or through
# sudo. The tests start their own Prometheus on free ports; the service Debian may start on port 9090 is not needed.
set -euo pipefail

say() { printf 'stack:install: %s\n' "$*"; }
fail() { printf 'stack:install: %s\n' "$*" >&2; exit 1; }

# One line per program: the command a test needs, the packages that bring it, what it is for. Debian 12 ships promtool inside
# the package prometheus, later releases as a package of its own; names the release does not know are left out.
PROGRAMS='prometheus|prometheus|scrapes the metrics endpoint in tests
promtool|prometheus promtool|checks the metrics text and the rules'

missing=''
while IFS='|' read -r program packages purpose; do
  if path=$(command -v "$program"); then
    say "$program is there ($path)"
  else
    say "$program is missing; it $purpose"
    missing="$missing $packages"
  fi
done <<<"$PROGRAMS"

if [ -z "$missing" ]; then
  say 'nothing to do'
  exit 0
fi

command -v apt-get >/dev/null || fail "this machine has no apt-get. Install Prometheus with promtool in your own way
(https://prometheus.io/download/) and put both on the PATH; the tests need nothing else."

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env "$@"
  elif command -v sudo >/dev/null; then
    sudo --non-interactive env "$@"
  else
    fail 'root is needed to install packages: run this as root or install sudo'
  fi
}

say 'reading the package lists'
as_root DEBIAN_FRONTEND=noninteractive apt-get update -q

available=''
for package in $missing; do
  case " $available " in *" $package "*) continue ;; esac
  if [ -n "$(apt-cache madison "$package")" ]; then available="$available $package"; fi
done
[ -n "$available" ] || fail "none of the packages$missing is known to apt on this machine"

# Recommended packages would pull in dozens of exporters and services nobody needs here.
say "installing$available"
# shellcheck disable=SC2086
as_root DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $available

while IFS='|' read -r program _ _; do
  command -v "$program" >/dev/null || fail "$program is still missing after installing$available"
done <<<"$PROGRAMS"
if command -v systemctl >/dev/null && systemctl --quiet is-active prometheus 2>/dev/null; then
  say 'Debian started the service prometheus; "systemctl disable --now prometheus" stops it, no test needs it'
fi
say 'done'
