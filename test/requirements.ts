/**
 * Every capability the product must have, with a stable id. Tests cite the ids through `verifies('LAT-02')`; the gate in
 * `test/architecture/requirements.test.ts` checks both ways.
 *
 * `due`: at least one test must cite it. `planned`: no test may cite it yet; flip it to `due` together with its first test.
 * Sources: A performance specification, B real-time monitoring, C performance integration, D performance optimization,
 * E monitoring guide, O the OpenTelemetry-shaped form this project gives it.
 */
export interface Requirement {
  readonly id: string;
  readonly capability: string;
  readonly sources: string;
  readonly status: 'due' | 'planned';
}

type Row = readonly [id: string, status: Requirement['status'], sources: string, capability: string];

const ROWS: readonly Row[] = [
  // Registration and reach
  ['REG-01', 'due', 'O', '--import mcp-vitals/register instruments an unmodified server; stdout and exit untouched'],
  ['REG-02', 'due', 'O', 'every installed copy of the MCP SDK 1.x and 2.x, ESM and CJS, nested ones too'],
  ['REG-03', 'due', 'O', 'startVitals in code; McpInstrumentation alone in a foreign OpenTelemetry set-up'],
  ['REG-04', 'due', 'O', 'server and client side; stdio, Streamable HTTP, SSE, in-memory'],
  ['REG-05', 'due', 'O', 'code > env > file > profile > default; OTEL_* obeyed; OTEL_SDK_DISABLED wins'],
  ['REG-06', 'due', 'A', 'profiles development, testing, production, high-throughput, low-latency'],
  // Latency
  ['LAT-01', 'due', 'AO', 'one conventional span and one histogram point per operation'],
  ['LAT-02', 'due', 'A', 'end-to-end latency from receipt of the request to transmission of the response'],
  ['LAT-03', 'due', 'A', 'seven stages that add up within 2 %, the rest said to be unattributed'],
  ['LAT-04', 'due', 'ABD', 'component time inside the tool, parallel work as the union of intervals'],
  ['LAT-05', 'due', 'ABC', 'percentiles over a sliding window within 1 %, withheld without enough samples'],
  ['LAT-06', 'due', 'ACD', 'objectives, breaches, targets as exact bucket boundaries'],
  ['LAT-07', 'due', 'O', 'operations not sampled for export are still measured'],
  ['LAT-08', 'due', 'O', 'breaching and failing traces are exported although head sampling dropped them'],
  ['LAT-09', 'due', 'DE', 'timing in code: stage, track, timer, method wrapper'],
  // Throughput, concurrency, overload
  ['THR-01', 'due', 'AB', 'active and peak concurrency, queue depth, rate, success and error rate per operation'],
  ['THR-02', 'due', 'C', 'sessions: active, started, duration, requests per session'],
  ['THR-03', 'due', 'A', 'backpressure: event loop, queue wait, write backlog as one pressure figure'],
  ['THR-04', 'planned', 'A', 'opt-in load shedding with proper JSON-RPC errors'],
  ['THR-05', 'planned', 'A', 'overload held: goodput, admitted latency, few rejections below capacity'],
  ['THR-06', 'planned', 'C', '1,000 connections, 100 sessions, 1,000 calls/s, 5,000 notifications/s, nothing lost'],
  // Resources
  ['RES-01', 'due', 'ABC', 'CPU, memory, heap, GC, event loop, disk, network, handles, threads; process and host'],
  ['RES-02', 'due', 'ABDE', 'cache hit rate, failures, evictions, size per cache and per asking tool'],
  ['RES-03', 'due', 'ADE', 'connection pools and database query time and errors'],
  ['RES-04', 'due', 'AD', 'batching efficiency, embedding latency'],
  ['RES-05', 'due', 'A', "the user's own OpenTelemetry metrics appear in rules, page and health"],
  // Alerts, health, anomalies
  ['ALR-01', 'due', 'ABC', 'rules with window, for, severity; validated at start with all problems listed'],
  ['ALR-02', 'due', 'ABDE', 'the default rule set'],
  ['ALR-03', 'due', 'AB', 'pending, firing, resolved; deduplication; one hour of history'],
  ['ALR-04', 'due', 'A', 'detection within 30 s, bursts and doublings within their delays'],
  ['ALR-05', 'due', 'BC', 'channels: log, webhook, Alertmanager, log event, callback; a dead one blocks nothing'],
  ['ALR-06', 'due', 'B', 'anomaly detection with stated recall, precision and delay'],
  ['ALR-07', 'due', 'ABE', 'regression against a saved baseline in production'],
  ['ALR-08', 'due', 'ABD', 'health score, status, issues and recommendations with evidence'],
  ['ALR-09', 'due', 'O', 'error budget and burn-rate alerts, in process and as Prometheus rules'],
  ['ALR-10', 'due', 'B', 'uptime objective of 99.9 %'],
  // Seeing it
  ['DSH-01', 'due', 'AB', 'live page in the browser served by the process'],
  ['DSH-02', 'due', 'A', 'event stream and JSON API'],
  ['DSH-03', 'due', 'B', 'snapshot export as JSON, Prometheus text, InfluxDB line protocol'],
  ['DSH-04', 'due', 'O', 'the full stack through docker compose up'],
  ['DSH-05', 'due', 'AB', '24 h of snapshots in bounded memory'],
  ['DSH-06', 'due', 'BDE', 'plain-text and JSON summary, trend analysis'],
  // Load testing, benchmarks, regressions
  ['LOD-01', 'planned', 'CD', 'mcp-vitals load: real clients, closed and open model without coordinated omission'],
  ['LOD-02', 'planned', 'AD', 'targets file to PASS/FAIL JSON, exit code, HTML report'],
  ['LOD-03', 'planned', 'AE', 'baselines compared statistically, inconclusive said plainly'],
  ['LOD-04', 'planned', 'C', 'step load, knee, capacity'],
  // Finding and fixing
  ['OPT-01', 'due', 'CD', 'bottleneck analysis with expected gain'],
  ['OPT-02', 'planned', 'CE', 'CPU profiles on demand and on breach'],
  ['OPT-03', 'planned', 'C', 'allocation sampling, leak detection'],
  ['OPT-04', 'planned', 'D', 'tiered cache helper'],
  ['OPT-05', 'planned', 'D', 'pool helper'],
  ['OPT-06', 'planned', 'D', 'adaptive batching helper'],
  ['OPT-07', 'planned', 'AD', 'automatic tuning within declared bounds'],
  ['OPT-08', 'planned', 'A', 'experiments with always-valid statistics, gradual rollout and rollback'],
  ['OPT-09', 'due', 'A', 'scaling recommendation'],
  ['OPT-10', 'planned', 'DE', 'prepared statements, slow-query list with plans'],
  ['OPT-11', 'planned', 'D', 'one memory budget for all helpers'],
  // What it may cost
  ['NFR-01', 'planned', 'A', 'CPU added per call under 20 µs, no more than a hand-rolled span plus histogram'],
  ['NFR-02', 'planned', 'A', 'added latency under 1 ms P99'],
  ['NFR-03', 'planned', 'A', 'at most 30 MB added memory, flat over a soak'],
  ['NFR-04', 'planned', 'O', 'start-up grows by at most 150 ms CPU on Node 20, 60 ms from 22.15'],
  ['NFR-05', 'due', 'A', 'telemetry never breaks the server; drops counted'],
  ['NFR-06', 'due', 'A', 'nothing recorded is lost at exit, SIGTERM, SIGINT, stdin end'],
];

export const REQUIREMENTS: readonly Requirement[] = ROWS.map(([id, status, sources, capability]) => ({
  id,
  capability,
  sources,
  status,
}));
