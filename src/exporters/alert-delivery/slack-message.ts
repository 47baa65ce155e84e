import type { AlertNotice, Severity } from '../../core/model/alert.ts';
import type { AlertSource } from './json-delivery.ts';

/** What an incoming webhook of Slack takes: blocks to show, and a text for notifications and for clients without blocks. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly SlackSection[];
}

interface SlackSection {
  readonly type: 'section';
  readonly text: { readonly type: 'mrkdwn'; readonly text: string };
}

/** Longest text of a section; a message may have 50 of them. Source: Slack, "Block Kit reference", section block. */
const MAX_SECTION_CHARS = 3_000;

const SIGNS: Readonly<Record<Severity, string>> = {
  info: ':information_source:',
  warning: ':warning:',
  critical: ':red_circle:',
  emergency: ':rotating_light:',
};

/**
 * Notices for people in a chat: what fires with its figures and the next step, what has ended in one line.
 *
 * @param notices at most 50
 */
export function slackMessage(notices: readonly AlertNotice[], source: AlertSource): SlackMessage {
  const firing = notices.filter(({ kind }) => kind === 'firing').length;
  const counts = [
    ...(firing > 0 ? [`${firing} firing`] : []),
    ...(firing < notices.length ? [`${notices.length - firing} resolved`] : []),
  ];
  const [only] = notices;
  const what = notices.length === 1 && only !== undefined ? `${only.kind}: ${only.alert.message}` : counts.join(', ');
  return {
    text: escaped(`${source.name}: ${what}`),
    blocks: notices.map((notice) => ({ type: 'section', text: { type: 'mrkdwn', text: sectionText(notice, source) } })),
  };
}

function sectionText({ kind, alert }: AlertNotice, { name, instanceId }: AlertSource): string {
  const { severity, rule, message, advice } = alert;
  const head =
    kind === 'resolved'
      ? `:white_check_mark: *${escaped(rule)}* resolved · ${escaped(name)}`
      : `${SIGNS[severity]} *${escaped(rule)}* ${severity} · ${escaped(name)} \`${escaped(instanceId)}\``;
  const next = kind === 'resolved' || advice === undefined ? '' : `\n*Next:* ${escaped(advice)}`;
  // A character that was cut in two would be shown as what is left of it.
  return `${head}\n${escaped(message)}${next}`.slice(0, MAX_SECTION_CHARS).replace(/&[a-z]*$/, '');
}

/** The three characters that mean something in Slack's text; a name in a message can mention nobody. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
