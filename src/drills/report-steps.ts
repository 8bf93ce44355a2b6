import { type Html, html } from '../kernel/html.ts';
import { formatSeconds } from '../kernel/units.ts';
import type { DrillReport } from './report.ts';
import { mark, moment, toneOf } from './report-words.ts';

type ReportStep = DrillReport['steps'][number];

const OUTCOME_WORDS: Readonly<Record<ReportStep['outcome'], string>> = {
  running: 'running',
  done: 'done',
  failed: 'failed',
  retried: 'failed, tried again',
  continued: 'failed, the run went on',
  interrupted: 'interrupted',
};

/** What had to be so before anything was held or fetched. */
export function preflightSection({ preflight }: DrillReport): Html | null {
  if (preflight.length === 0) return null;
  const rows = preflight.map(
    ({ name, expected, actual, result }) => html`<tr><td class="long">${name}</td><td class="long">${expected}</td>
<td class="long">${actual}</td><td>${mark(toneOf(result), result)}</td></tr>`,
  );
  return html`<h2>Preflight</h2>
<div class="scroll"><table><thead><tr><th>What</th><th>Expected</th><th>Found</th><th>Result</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Every try of every step: what it did, or why it failed. */
export function stepsSection({ steps }: DrillReport): Html | null {
  if (steps.length === 0) return null;
  const rows = steps.map(
    ({ step, phase, attempt, outcome, startedAt, seconds, detail }) => html`<tr><td class="long">${step}</td>
<td class="word">${phase}</td><td class="number">${attempt}</td><td>${mark(toneOf(outcome), OUTCOME_WORDS[outcome])}</td>
<td class="number">${seconds === null ? '–' : formatSeconds(seconds)}</td><td class="word">${moment(startedAt)}</td>
<td class="long">${detail}</td></tr>`,
  );
  return html`<h2>Steps</h2>
<div class="scroll"><table><thead><tr><th>Step</th><th>Phase</th><th class="number">Try</th><th>Outcome</th><th class="number">Duration</th><th>Began</th><th>Result</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
