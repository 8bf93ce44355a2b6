import { type Html, html } from '../kernel/html.ts';
import type { ReportWords } from './report-language.ts';

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
  kept: 'warn',
  preempted: 'warn',
  'still open': 'warn',
};

/** The tone of a status word; words that say nothing good or bad have none. */
export function toneOf(word: string): Tone {
  return TONES[word] ?? 'none';
}

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', none: '–' };

/** A code of the report as a word with its sign. */
export function mark(words: ReportWords, code: string, tone = toneOf(code)): Html {
  return html`<span class="mark ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${words.code(code)}</span>`;
}

/** A text as the run recorded it: translated where the language knows the sentence, else as it is, and marked as such. */
export function recorded(words: ReportWords, text: string | null): Html | null {
  if (text === null || text === '') return null;
  const known = words.recorded(text);
  return known === undefined ? html`${text} <span class="recorded">${words.say('asRecorded')}</span>` : html`${known}`;
}

/** An instant as people read it: `2026-11-22 15:10:03 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** The time of day of an instant, in UTC, to the millisecond. */
export function timeOfDay(iso: string): string {
  return iso.slice(11, 23);
}

/** What the targets are called. */
export const TARGET_WORDS = {
  respond: 'targetRespond',
  plan: 'targetPlan',
  recover: 'targetRecover',
  rpo: 'targetRpo',
} as const;
