import { formatSeconds } from '../../sdk/summary-text.ts';
import { formatColumns } from '../format-columns.ts';
import type { ServerHealth } from './server-health.ts';

const HEADER = ['service', 'pid', 'address', 'up', 'operations', 'errors', 'P95', 'slowest operation'];
const RIGHT = [1, 3, 4, 5, 6];
const MAX_TEXT_CHARS = 48;

/** One line per server under a line of headings. */
export function formatServers(servers: readonly ServerHealth[]): string {
  return `${formatColumns([HEADER, ...servers.map(row)], RIGHT).join('\n')}\n`;
}

/** Seconds for people, in the two largest units: `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function formatUptime(seconds: number): string {
  const whole = Math.floor(seconds);
  const units: readonly [string, number][] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => whole >= size);
  if (first < 0) return '0 s';
  let rest = whole;
  const parts = units.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}

function row({ server, state, reason, uptimeSeconds, operations, errorRatio, slowest }: ServerHealth): string[] {
  const who = [printable(server.service), String(server.pid), printable(server.url), formatUptime(uptimeSeconds)];
  if (state !== 'answering') return [...who, '–', '–', '–', `${state}: ${printable(reason ?? '')}`];
  return [
    ...who,
    String(operations ?? 0),
    errorRatio === undefined ? '–' : `${(100 * errorRatio).toFixed(1)} %`,
    formatSeconds(slowest?.p95Seconds),
    slowest === undefined ? '–' : printable(slowest.name),
  ];
}

/** Names come from servers: nothing in them may steer the terminal or break the line. */
export function printable(text: string, maxChars: number = MAX_TEXT_CHARS): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
  return plain.length > maxChars ? `${plain.slice(0, maxChars - 1)}…` : plain;
}

/** What is said where no server runs, or none of that name. */
export function noServerText(wanted: string | undefined): string {
  return wanted === undefined
    ? 'no monitored server is running; start one with "mcp-vitals run -- <command>"\n'
    : `no monitored server ${JSON.stringify(wanted)} is running; "mcp-vitals ps" lists what is\n`;
}
