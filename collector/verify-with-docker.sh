#!/usr/bin/env bash
# Starts the whole of docker-compose.yml on a machine with Docker and checks what can only be checked there: every container
# healthy, every data source of Grafana reachable, every panel of every dashboard answered with data through Grafana itself,
# a screenshot of each. Leaves everything running; `docker compose --profile load down --volumes` ends it.
#
#   collector/verify-with-docker.sh [folder for screenshots]
#
# Needs Docker with compose 2.20 or later, curl, jq, and for the screenshots Chromium. Not part of the tests of this
# repository: their machines have no container engine.
set -euo pipefail
cd "$(dirname "$0")/.."

shots=${1:-$(mktemp -d)}
grafana=http://localhost:3000
failures=0
note() { printf '%s\n' "$*"; }
failed() { printf 'FAILED: %s\n' "$*" >&2; failures=$((failures + 1)); }

for program in docker curl jq; do command -v "$program" >/dev/null || { failed "$program is missing"; exit 1; }; done

note 'starting everything; the first time builds an image and pulls seven'
docker compose --profile load up --build --detach --wait --wait-timeout 600
# The Collector's image holds nothing a health check could run: asked from outside.
curl --fail --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --output /dev/null http://localhost:13133/
note 'every container is healthy; five minutes of load follow, so that rates and burn rates have something to say'
sleep 300

password=$(docker compose exec -T grafana cat /run/secrets/grafana-password/password)
# The password stays out of the list of processes.
ask() { curl --silent --show-error --config <(printf 'user = "admin:%s"\n' "$password") "$@"; }

for uid in prometheus jaeger; do
  status=$(ask "$grafana/api/datasources/uid/$uid/health" | jq -r .status)
  if [ "$status" = OK ]; then note "data source $uid: OK"; else failed "data source $uid: $status"; fi
done

down=$(curl --silent 'http://localhost:9090/api/v1/query?query=up' | jq -r '.data.result[] | select(.value[1] != "1") | .metric.job')
if [ -z "$down" ]; then note 'Prometheus reaches every target'; else failed "Prometheus does not reach: $down"; fi
services=$(curl --silent http://localhost:16686/api/services | jq -r '.data[]')
case "$services" in *knowledge-base*) note 'Jaeger knows the server' ;; *) failed "Jaeger knows only: $services" ;; esac

empty=0
panels=0
for dashboard in $(ask "$grafana/api/search?type=dash-db" | jq -r '.[].uid'); do
  model=$(ask "$grafana/api/dashboards/uid/$dashboard")
  title=$(jq -r .dashboard.title <<<"$model")
  while IFS= read -r panel; do
    expression=$(jq -r .expr <<<"$panel")
    # What Grafana puts in before it asks: the interval, the range, and every value of every variable.
    expression=$(sed -E 's/\$__(rate_)?interval/1m/g; s/\$__range/5m/g; s/\$datasource|\$\{datasource\}/prometheus/g;
      s/\$\{?[A-Za-z_]+(:[a-z]+)?\}?/.+/g' <<<"$expression")
    body=$(jq -n --arg expr "$expression" '{from: "now-5m", to: "now", queries: [{refId: "A", expr: $expr, range: true,
      datasource: {uid: "prometheus", type: "prometheus"}, intervalMs: 15000, maxDataPoints: 100}]}')
    answer=$(ask --header 'content-type: application/json' --data "$body" "$grafana/api/ds/query")
    panels=$((panels + 1))
    if [ "$(jq -r '.results.A.error // ""' <<<"$answer")" != '' ]; then
      failed "$title: $(jq -r .title <<<"$panel"): $(jq -r .results.A.error <<<"$answer")"
    elif [ "$(jq '[.results.A.frames[]?.data.values[1]? // [] | length] | add // 0' <<<"$answer")" -eq 0 ]; then
      # Panels of features that are off in the compose file are empty and say so.
      note "empty: $title: $(jq -r .title <<<"$panel")"
      empty=$((empty + 1))
    fi
  done < <(jq -c '.dashboard | [.panels[]?, (.panels[]?.panels[]?)] | .[] | {title} + (.targets[]? | {expr}) | select(.expr)' <<<"$model")
done
note "$panels queries of panels asked through Grafana, $empty without data"
[ "$panels" -gt 0 ] || failed 'Grafana has no dashboards'

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$browser" ]; then
  mkdir -p "$shots"
  for dashboard in $(ask "$grafana/api/search?type=dash-db" | jq -r '.[].uid'); do
    "$browser" --headless --disable-gpu --window-size=1600,2400 --virtual-time-budget=20000 \
      --screenshot="$shots/$dashboard.png" "$grafana/d/$dashboard?kiosk&from=now-5m" 2>/dev/null ||
      failed "no screenshot of $dashboard"
  done
  note "screenshots are in $shots"
else
  note 'no Chromium here: no screenshots'
fi

[ "$failures" -eq 0 ] || { note "$failures checks failed"; exit 1; }
note 'everything holds'
