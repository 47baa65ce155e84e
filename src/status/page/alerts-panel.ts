import type { AlertSnapshot, AlertsSnapshot } from '../../core/model/alert.ts';
import { el, KeyedList, setAttribute, setText } from './dom.ts';
import { clockTime, stretch } from './figures.ts';
import { silence } from './live.ts';

const SILENCE_MINUTES = 60;

interface AlertView {
  readonly root: HTMLElement;
  readonly state: HTMLElement;
  readonly message: HTMLElement;
  readonly advice: HTMLElement;
  readonly times: HTMLElement;
  readonly button: HTMLButtonElement;
  fingerprint: string;
}

/** What is wrong now, and what was within the last hour. */
export class AlertsPanel {
  readonly root: HTMLElement;
  readonly #active = el('ul', { class: 'alerts', attributes: { 'aria-live': 'polite' } });
  readonly #history = el('ul', { class: 'alerts' });
  readonly #past: HTMLDetailsElement;
  readonly #pastTitle = el('summary');
  readonly #empty = el('p', { class: 'empty', text: 'Nothing is wrong.' });
  readonly #activeList: KeyedList<AlertSnapshot, AlertView>;
  readonly #historyList: KeyedList<AlertSnapshot, AlertView>;
  #canSilence = false;
  #nowMs = 0;

  constructor() {
    this.#past = el('details', {}, this.#pastTitle, this.#history);
    this.root = el(
      'section',
      { class: 'card', attributes: { 'aria-labelledby': 'alerts-title' } },
      el('div', { class: 'card-head' }, el('h2', { text: 'Alerts', attributes: { id: 'alerts-title' } })),
      this.#active,
      this.#empty,
      this.#past,
    );
    const update = (view: AlertView, alert: AlertSnapshot): void => this.#update(view, alert);
    this.#activeList = new KeyedList(this.#active, createAlert, update);
    this.#historyList = new KeyedList(this.#history, createAlert, update);
  }

  show(alerts: AlertsSnapshot | undefined, nowMs: number, canSilence: boolean): void {
    this.root.hidden = alerts === undefined;
    if (alerts === undefined) return;
    this.#canSilence = canSilence;
    this.#nowMs = nowMs;
    this.#activeList.show(alerts.active, ({ fingerprint }) => fingerprint);
    this.#historyList.show(alerts.history, ({ fingerprint, resolvedAt }) => `${fingerprint} ${resolvedAt}`);
    this.#empty.hidden = alerts.active.length > 0;
    this.#past.hidden = alerts.history.length === 0;
    setText(this.#pastTitle, `Resolved within the last hour: ${alerts.history.length}`);
  }

  #update(view: AlertView, alert: AlertSnapshot): void {
    const { severity, state, message, advice, rule, silencedUntil } = alert;
    view.fingerprint = alert.fingerprint;
    setAttribute(view.root, 'data-severity', state === 'resolved' ? 'resolved' : severity);
    setText(view.state, state === 'firing' ? severity : state);
    setText(view.message, message);
    // Over is over: then there is nothing left to do.
    view.advice.hidden = advice === undefined || state === 'resolved';
    setText(view.advice, advice ?? '');
    const silenced = silencedUntil !== undefined && silencedUntil > this.#nowMs;
    setText(
      view.times,
      `${rule} · ${timesOf(alert, this.#nowMs)}${silenced ? ` · silenced until ${clockTime(silencedUntil)}` : ''}`,
    );
    view.button.hidden = !this.#canSilence || state === 'resolved';
    setText(view.button, silenced ? 'End silence' : 'Silence 1 h');
    view.button.dataset['minutes'] = silenced ? '0' : String(SILENCE_MINUTES);
  }
}

function createAlert(alert: AlertSnapshot): AlertView {
  const state = el('span', { class: 'badge' });
  const message = el('p', { class: 'message' });
  const advice = el('p', { class: 'advice-text' });
  const times = el('p', { class: 'muted' });
  const button = el('button', { class: 'quiet', attributes: { type: 'button' } });
  const root = el('li', {}, state, el('div', {}, message, advice, times), button);
  const view: AlertView = { root, state, message, advice, times, button, fingerprint: alert.fingerprint };
  button.addEventListener('click', () => {
    button.disabled = true;
    void silence(view.fingerprint, Number(button.dataset['minutes'])).then(() => {
      button.disabled = false;
    });
  });
  return view;
}

function timesOf({ state, firedAt, resolvedAt, pendingSince }: AlertSnapshot, nowMs: number): string {
  if (state === 'resolved' && resolvedAt !== undefined) {
    return `resolved ${clockTime(resolvedAt)}, lasted ${stretch((resolvedAt - (firedAt ?? pendingSince)) / 1_000)}`;
  }
  return `since ${clockTime(firedAt ?? pendingSince)}, ${stretch((nowMs - (firedAt ?? pendingSince)) / 1_000)}`;
}
