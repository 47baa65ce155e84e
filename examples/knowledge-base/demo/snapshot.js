// @ts-check
/**
 * The part of `GET /api/summary` that the demo reads, as a client of that API sees it.
 *
 * @typedef {object} Quantile
 * @property {number} quantile 0.95 for P95
 * @property {number} [seconds] absent when there are too few samples
 * @property {number} samples
 *
 * @typedef {object} Operation
 * @property {string} name `tools/call kb.hybrid_search`
 * @property {string} method
 * @property {string} [target] tool or prompt
 * @property {number} count since the server started
 * @property {number} errors
 * @property {{ count: number, windowSeconds: number, mean?: number, quantiles: Quantile[] }} latency over the sliding window
 * @property {{ stage: string, count: number, totalSeconds: number }[]} stages since the server started
 * @property {{ kind: string, name: string, calls: number, errors: number, totalSeconds: number }[]} [components] where the execution went
 * @property {number} [componentSeconds] of the execution in which at least one component was called
 *
 * @typedef {object} ProcessFigures
 * @property {number} uptimeSeconds
 * @property {number} [cpuUtilization] 1 = one core busy
 * @property {number} residentBytes
 * @property {number} heapUsedBytes
 * @property {number} [eventLoopDelayP99Seconds]
 * @property {number} [eventLoopUtilization]
 *
 * @typedef {object} CacheFigures
 * @property {string} name
 * @property {number} hits
 * @property {number} misses
 * @property {number} failures
 * @property {number} [entries]
 *
 * @typedef {object} PoolFigures
 * @property {string} name
 * @property {string} system
 * @property {number} used
 * @property {number} idle
 * @property {number} pending
 * @property {number} [max]
 * @property {number} timeouts
 * @property {number} [meanWaitSeconds]
 *
 * @typedef {object} Objective
 * @property {string} id
 * @property {number} target seconds
 * @property {number} [observed]
 * @property {'met' | 'breached' | 'unknown'} state of the sliding window
 * @property {number} breaches operations that missed it, since the server started
 * @property {{ objective: number, remaining: number, burnRates: { window: string, rate?: number }[] }} [budget]
 *
 * @typedef {object} Alert
 * @property {string} rule
 * @property {'pending' | 'firing' | 'resolved'} state
 * @property {Record<string, string>} attributes
 * @property {string} message
 * @property {number} [firedAt] milliseconds since the Unix epoch
 * @property {number} [resolvedAt]
 *
 * @typedef {object} Recommendation
 * @property {string} [operation]
 * @property {string} culprit
 * @property {number} share of what slow calls take beyond normal ones
 * @property {string} severity
 * @property {string} evidence
 * @property {string} advice
 * @property {number} [withoutSeconds]
 *
 * @typedef {object} Snapshot
 * @property {number} timestamp milliseconds since the Unix epoch
 * @property {number} windowSeconds
 * @property {{ operation: string, windows: { windowSeconds: number, latency: Operation['latency'] }[] }[]} [windows] the longer ones, too
 * @property {Objective[]} [objectives]
 * @property {{ active: Alert[], history: Alert[] }} [alerts]
 * @property {Operation[]} operations
 * @property {{ active: number, peak: number, queued: number }} requests
 * @property {{ active: number, started: number }} sessions
 * @property {ProcessFigures} [process]
 * @property {CacheFigures[]} [caches]
 * @property {PoolFigures[]} [pools]
 * @property {Record<string, number>} dropped
 * @property {{ score: number, status: string, recommendations: Recommendation[] }} [health]
 */
export {};
