#!/usr/bin/env bash
# Starts the whole of docker-compose.yml on a machine with Docker and checks what can only be checked there: every container
# healthy, every data source of Grafana reachable, every panel of every dashboard answered through Grafana itself, traces and
# their Monitor in Jaeger, rules without errors, a screenshot of each dashboard. Leaves everything running;
# `docker compose --profile load down --volumes` ends it.
#
#   collector/verify-with-docker.sh [folder for screenshots]
#
# Needs Docker with compose 2.20 or later, curl, jq, and for the screenshots Chromium. Not part of the tests of this
# repository: their machines have no container engine.
set -euo pipefail
cd "$(dirname "$0")/.."

shots=${1:-$(mktemp -d)}
grafana=http://localhost:3000
prometheus=http://localhost:9090
jaeger=http://localhost:16686
failures=0
note() { printf '%s\n' "$*"; }
failed() { printf 'FAILED: %s\n' "$*" >&2; failures=$((failures + 1)); }
get() { curl --silent --show-error --max-time 30 "$@"; }

for program in docker curl jq; do command -v "$program" >/dev/null || { failed "$program is missing"; exit 1; }; done

note 'starting everything; the first time builds an image and pulls seven'
docker compose --profile load config --quiet
docker compose --profile load up --build --detach --wait --wait-timeout 600
# The Collector's image holds nothing a health check could run: asked from outside.
get --fail --retry 30 --retry-delay 1 --retry-all-errors --output /dev/null http://localhost:13133/
note 'every container is healthy; five minutes of load follow, so that rates and burn rates have something to say'
sleep 300

down=$(get "$prometheus/api/v1/query?query=up" | jq -r '.data.result[] | select(.value[1] != "1") | .metric.job')
if [ -z "$down" ]; then note 'Prometheus reaches every target'; else failed "Prometheus does not reach: $down"; fi
broken=$(get "$prometheus/api/v1/rules" | jq -r '.data.groups[].rules[] | select(.health == "err") | "\(.name): \(.lastError)"')
if [ -z "$broken" ]; then note 'every rule is evaluated'; else failed "rules: $broken"; fi

services=$(get "$jaeger/api/services" | jq -r '.data[]')
case "$services" in *knowledge-base*) note 'Jaeger knows the server' ;; *) failed "Jaeger knows only: $services" ;; esac
monitored=$(get "$jaeger/api/metrics/calls?service=knowledge-base&groupByOperation=true&lookback=300000&step=15000&ratePer=60000&spanKind=server" |
  jq '[.metrics[]?.metricPoints[]?.gaugeValue.doubleValue | numbers | select(. > 0)] | length')
if [ "${monitored:-0}" -gt 0 ]; then note "the tab Monitor has rates"; else failed 'the tab Monitor of Jaeger is empty'; fi

case "$(get http://localhost:9095/)" in *'<table'*) note 'the page of alerts answers' ;; *) failed 'no page of alerts' ;; esac

secret=$(mktemp)
trap 'rm -f "$secret"' EXIT
docker compose exec -T grafana cat /run/secrets/grafana-password/password | sed 's/.*/user = "admin:&"/' >"$secret"
collector/verify-panels.sh "$grafana" "$secret" || failures=$((failures + 1))

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$browser" ]; then
  mkdir -p "$shots"
  for dashboard in collector/grafana/dashboards/*.json; do
    uid=$(jq -r .uid "$dashboard")
    # As a visitor without a password sees it.
    "$browser" --headless --disable-gpu --window-size=1600,2400 --virtual-time-budget=20000 \
      --screenshot="$shots/$uid.png" "$grafana/d/$uid?kiosk&from=now-5m" 2>/dev/null || failed "no screenshot of $uid"
  done
  note "screenshots are in $shots"
else
  note 'no Chromium here: no screenshots'
fi

[ "$failures" -eq 0 ] || { note "$failures checks failed"; exit 1; }
note 'everything holds'
