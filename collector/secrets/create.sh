#!/bin/sh
# Makes the secrets of the stack once, each in a volume of its own that only its two users mount. Nothing secret is in the
# repository or in the environment that `docker inspect` shows.
set -eu

create() {
  if [ -s "$1" ]; then return; fi
  umask 022
  od -An -N 24 -t x1 /dev/urandom | tr -d ' \n' >"$1.new"
  mv "$1.new" "$1"
  echo "created $1"
}

create /run/secrets/scrape-token/token
create /run/secrets/database-password/password
create /run/secrets/grafana-password/password
