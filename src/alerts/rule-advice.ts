import type { DefaultRuleName } from '../config/rule-fields.ts';

/** What helps to find the cause of slowness, until one is known. */
const WHERE_TIME_GOES =
  'See where its time goes: stages and components of the operation on the status page, the slowest calls with their traces.';
const WHAT_FAILS = 'Look at the failed calls by error type on the status page; if a deploy came before it, roll back.';
const WHAT_KEEPS_MEMORY =
  'Bound what is kept (caches, queues, sessions) or raise the limit; memory that grows without load is a leak: take a heap snapshot.';

/** What to do next about an alert of a default rule, for somebody who is woken by it. Where the cause is known, the alert says that instead. */
export const RULE_ADVICE: Readonly<Record<DefaultRuleName, string>> = {
  'latency-high': WHERE_TIME_GOES,
  'latency-critical': WHERE_TIME_GOES,
  'response-time-high': WHERE_TIME_GOES,
  'latency-regression': `If a deploy came before it, compare the two versions or roll back. ${WHERE_TIME_GOES}`,
  'error-rate-high': WHAT_FAILS,
  'error-burst': WHAT_FAILS,
  'latency-burst': WHERE_TIME_GOES,
  'cpu-high': 'Take a CPU profile; move computing to worker threads, or run more replicas.',
  'memory-high': WHAT_KEEPS_MEMORY,
  'memory-critical': WHAT_KEEPS_MEMORY,
  'memory-emergency': `The process is about to be ended by the system: restart it now. ${WHAT_KEEPS_MEMORY}`,
  'cache-hit-low': 'Give it more room or a longer time to live, and check that equal questions have equal keys.',
  'throughput-low':
    'Check that clients still reach the server (proxy, network), and on the status page whether calls hang (in flight).',
  'concurrency-high':
    'If the rate is as usual, calls have become slower: see where their time goes. If not, run more replicas or limit what is admitted.',
  'pool-exhausted':
    'Look for what holds connections (long transactions, slow queries); then enlarge the pool, if the database allows.',
  'database-errors': 'Check that it is reachable and has connections left; then its errors by type (error.type).',
  'cache-failures':
    'Check that the cache is reachable; until it is, go on without it (short time-out, circuit breaker).',
  'event-loop-stalled':
    'Take a CPU profile: synchronous file, crypto or JSON work, or a timer that computes, keeps the loop.',
  'uptime-low':
    'The process stood still for a second or more at a time: see its CPU, its memory, garbage collection and the host.',
  'objective-burn-page':
    'Act now: roll back the last change, or shed load. The status page shows errors by type and where the time goes.',
  'objective-burn-ticket': 'No need to get up: find within days what fails, or is slow, a little too often.',
  anomaly: `It is taken for normal once it has lasted 15 min. ${WHERE_TIME_GOES}`,
  'telemetry-loss':
    'Check that what receives it (Collector, webhook) is reachable and keeps up; stderr of the server says why it was lost.',
};
