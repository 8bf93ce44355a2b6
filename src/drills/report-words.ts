import { type Html, html } from '../kernel/html.ts';

/** How something is shown. The word beside it always says the same. */
export type Tone = 'good' | 'bad' | 'warn' | 'none';

const TONES: Readonly<Record<string, Tone>> = {
  met: 'good',
  passed: 'good',
  completed: 'good',
  done: 'good',
  closed: 'good',
  held: 'good',
  released: 'good',
  missed: 'bad',
  failed: 'bad',
  opened: 'bad',
  continued: 'bad',
  short: 'bad',
  expired: 'bad',
  aborted: 'warn',
  interrupted: 'warn',
  retried: 'warn',
  pending: 'warn',
  preempted: 'warn',
  'still open': 'warn',
};

/** The tone of a status word; words that say nothing good or bad have none. */
export function toneOf(word: string): Tone {
  return TONES[word] ?? 'none';
}

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', none: '–' };

/** A status word with its sign. */
export function mark(tone: Tone, word: string): Html {
  return html`<span class="mark ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${word}</span>`;
}

/** An instant as people read it: `2026-11-22 15:10:03 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
