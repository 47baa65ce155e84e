#!/usr/bin/env bash
# Asks a running Grafana for its data sources, and for every query of every panel as a browser would; what is wrong goes to
# stderr and makes the exit code 1. Called by verify-with-docker.sh; the tests call it with a Grafana that is none.
#
#   collector/verify-panels.sh URL [file for curl --config, with the user and the password]
#
# A panel without data is right when it says what it needs: nothing is lost or evicted in a demo that goes well.
set -euo pipefail

grafana=$1
config=${2:-/dev/null}
failures=0
queries=0
empty=0
note() { printf '%s\n' "$*"; }
failed() { printf 'FAILED: %s\n' "$*" >&2; failures=$((failures + 1)); }
# The password stays out of the list of processes.
ask() { curl --silent --show-error --max-time 30 --config "$config" "$@"; }

# Queries of a dashboard, three lines each: title, what the panel says where it is empty, and the request Grafana is sent, with
# what its page puts in before it asks: the interval, and all of every variable.
# shellcheck disable=SC2016
READ='.dashboard as $dashboard | $dashboard.panels[] | . as $panel | (.targets // [])[]
  | (reduce ($dashboard.templating.list[] | select(.allValue)) as $variable
      (.expr; gsub("\\$" + $variable.name + "\\b"; $variable.allValue)) | gsub("\\$__rate_interval"; "1m")) as $expr
  | $panel.title, ($panel.fieldConfig.defaults.noValue // ""), ({from: "now-5m", to: "now", queries: [{refId: "A", expr: $expr,
      range: true, instant: false, datasource: {uid: "prometheus", type: "prometheus"}, intervalMs: 15000,
      maxDataPoints: 100}]} | tojson)'
# Of the answer: how many figures, and what is wrong.
FIGURES='([.results.A.frames[]?.data.values[1:][]?[]? | numbers] | length), (.results.A.error // .message // "")'

for uid in prometheus jaeger; do
  status=$(ask "$grafana/api/datasources/uid/$uid/health" | jq -r '.status // .message // "no status"')
  if [ "$status" = OK ]; then note "data source $uid: OK"; else failed "data source $uid: $status"; fi
done

for dashboard in $(ask "$grafana/api/search?type=dash-db" | jq -r '.[].uid'); do
  model=$(ask "$grafana/api/dashboards/uid/$dashboard")
  name=$(jq -r .dashboard.title <<<"$model")
  while IFS= read -r title && IFS= read -r says && IFS= read -r body; do
    queries=$((queries + 1))
    {
      read -r points
      IFS= read -r problem
    } < <(ask --header 'content-type: application/json' --data "$body" "$grafana/api/ds/query" | jq -r "$FIGURES")
    if [ -n "$problem" ]; then
      failed "$name, $title: $problem"
    elif [ "$points" -eq 0 ]; then
      empty=$((empty + 1))
      case "$says" in
        *needs*) note "$name, $title: empty, and says: $says" ;;
        *) failed "$name, $title: empty" ;;
      esac
    fi
  done < <(jq -r "$READ" <<<"$model")
done
note "$queries queries of panels asked through Grafana, $empty without data"
[ "$queries" -gt 0 ] || failed 'Grafana has no dashboards'
[ "$failures" -eq 0 ]
