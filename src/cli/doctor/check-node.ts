import { isSupportedNode, OLDEST_NODE } from '../run/node-version.ts';
import { type Finding, ok, problem } from './finding.ts';

/** Whether a version of Node can be monitored. */
export function checkNode(version: string, subject: string): Finding {
  const read = `${subject} runs on Node ${version}`;
  return isSupportedNode(version)
    ? ok('node', read)
    : problem('node', read, `Node ${OLDEST_NODE} or later`, 'update Node; until then servers start without monitoring');
}
