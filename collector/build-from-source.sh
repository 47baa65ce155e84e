#!/usr/bin/env bash
# Builds, from Go modules, the programs of the stack in the versions docker-compose.yml pins: those Debian has no package for,
# and those it has in older versions. Run by `npm run stack:install -- --full`.
#
#   otelcol   the Collector, by its own builder, with exactly the components of otel-collector/config.yaml
#   jaeger    Jaeger 2
#   prometheus, promtool, alertmanager, amtool   without their pages
#   compose   the reader of compose files that `docker compose` has
#   linter    Grafana's linter of dashboards
#
# Each is built once per version and kept in the user's cache. It needs Go, the time of a long coffee on two cores and some
# 5 GB for Go's own caches, but no container engine.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf 'stack:install: %s\n' "$*"; }
fail() { printf 'stack:install: %s\n' "$*" >&2; exit 1; }

command -v go >/dev/null || fail 'building needs Go 1.25 or later on the PATH: https://go.dev/dl'

# Releases of Jaeger 2 are not versions of its module, whose path has no /v2. 1.76.0 and 2.13.0 are one commit with two tags, the
# last such pair; later releases can only be had by the name of a commit, which not every module proxy answers.
JAEGER_VERSION=v1.76.0
# As a module, 3.14.0.
PROMETHEUS_VERSION=v0.314.0
ALERTMANAGER_VERSION=v0.34.0
COMPOSE_VERSION=v2.16.2
LINTER_VERSION=v0.2.0
COLLECTOR_VERSION=$(sed -n 's/^  version: //p' otel-collector/builder.yaml)
# The tests look here too: test/support/built-programs.ts.
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-vitals/stack
MANIFEST=$PWD/otel-collector/builder.yaml
OTELCOL=$CACHE/otelcol-$COLLECTOR_VERSION-$(sha256sum "$MANIFEST" | cut -c1-12)
JAEGER=$CACHE/jaeger-$JAEGER_VERSION
COMPOSE=$CACHE/compose-$COMPOSE_VERSION
PROMETHEUS=$CACHE/prometheus-$PROMETHEUS_VERSION
ALERTMANAGER=$CACHE/alertmanager-$ALERTMANAGER_VERSION
LINTER=$CACHE/linter-$LINTER_VERSION

# The Go that is there, and nothing of C: the programs are self-contained.
export GOTOOLCHAIN=local CGO_ENABLED=0

# In its folder; leaves the program there. `packages` says how many there are to compile.
build_otelcol() {
  GOBIN=$PWD go install "go.opentelemetry.io/collector/cmd/builder@v$COLLECTOR_VERSION"
  sed "s|^dist:|dist:\n  output_path: $PWD/source|" "$MANIFEST" >manifest.yaml
  ./builder --config manifest.yaml --skip-compilation
  cd source
  go list -deps . | wc -l >../packages
  go build -trimpath -ldflags='-s -w' -o ../otelcol .
}

# copy MODULE: the source of a module, to build in it, so that its own go.sum and replacements hold: `go install` refuses
# modules with replacements.
copy() {
  local module
  module=$(go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp -r "$module" source
  chmod -R u+w source
  cd source
}

build_jaeger() {
  copy "github.com/jaegertracing/jaeger@$JAEGER_VERSION"
  go list -deps ./cmd/jaeger | wc -l >../packages
  go build -trimpath -ldflags='-s -w' -o ../jaeger ./cmd/jaeger
}

# Without the service discoveries nobody needs here, which are most of it.
build_prometheus() {
  copy "github.com/prometheus/prometheus@$PROMETHEUS_VERSION"
  # Its workspace names folders that are not part of the module.
  export GOWORK=off
  go list -tags remove_all_sd -deps ./cmd/prometheus ./cmd/promtool | wc -l >../packages
  go build -tags remove_all_sd -trimpath -ldflags='-s -w' -o .. ./cmd/prometheus ./cmd/promtool
}

build_alertmanager() {
  copy "github.com/prometheus/alertmanager@$ALERTMANAGER_VERSION"
  # Its page is built by other means and is not in the module.
  mkdir -p ui/app/dist
  cp ui/app/index.html ui/app/dist/
  go list -deps ./cmd/alertmanager ./cmd/amtool | wc -l >../packages
  go build -trimpath -ldflags='-s -w' -o .. ./cmd/alertmanager ./cmd/amtool
}

build_compose() {
  copy "github.com/compose-spec/compose-go/v2@$COMPOSE_VERSION"
  go list -deps ./cmd | wc -l >../packages
  go build -trimpath -ldflags='-s -w' -o ../compose ./cmd
}

# All of its rules. Left out is what reads dashboards of the second schema: the types of it are a module of Grafana that the
# module proxy does not have in every place, and no dashboard of ours is of that schema.
build_linter() {
  copy "github.com/grafana/dashboard-linter@$LINTER_VERSION"
  cat >lint/v2.go <<'END'
package lint

import (
	"encoding/json"
	"errors"
	"strings"
)

func isV2APIVersion(version string) bool { return strings.Contains(version, "/v2") }

func newDashboardFromV2(json.RawMessage, string) (Dashboard, error) {
	return Dashboard{}, errors.New("built without the second schema of dashboards")
}
END
  go list -deps . | wc -l >../packages
  go build -trimpath -ldflags='-s -w' -o ../linter .
}

# build NAME FOLDER [PROGRAM...]: runs build_NAME in a folder of its own and keeps NAME and the programs in FOLDER when it went
# well.
build() {
  local name=$1 folder=$2 began=$SECONDS work pid program
  if [ -x "$folder/$name" ]; then
    say "$name is there ($folder/$name)"
    return
  fi
  mkdir -p "$CACHE"
  work=$(mktemp -d "$CACHE/building-$name.XXXXXX")
  say "building $name; the log is $work/log"
  # Not `&&` or `||` after it: they would switch `set -e` off inside.
  (
    set -euo pipefail
    cd "$work"
    export GOTMPDIR=$work
    build_"$name"
  ) >"$work/log" 2>&1 &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 2
    # The compilers say nothing for minutes; every package gets a folder of its own.
    if [ -s "$work/packages" ] && [ $(((SECONDS - began) % 30)) -lt 2 ]; then
      say "$name: $(find "$work" -maxdepth 2 -path '*/go-build*/b*' | wc -l) of $(cat "$work/packages") packages, $((SECONDS - began)) s"
    fi
  done
  if ! wait "$pid"; then
    tail -n 20 "$work/log" >&2
    fail "$name could not be built; the whole log is $work/log"
  fi
  mkdir -p "$folder"
  for program in "${@:3}" "$name"; do mv "$work/$program" "$folder/$program"; done
  rm -rf "$work"
  say "built $name in $((SECONDS - began)) s ($folder/$name)"
}

build compose "$COMPOSE"
build otelcol "$OTELCOL"
build jaeger "$JAEGER"
build prometheus "$PROMETHEUS" promtool
build alertmanager "$ALERTMANAGER" amtool
build linter "$LINTER"
say 'everything is built'
