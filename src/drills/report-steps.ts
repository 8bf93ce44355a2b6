import { type Html, html } from '../kernel/html.ts';
import type { DrillReport } from './report.ts';
import type { ReportWords } from './report-language.ts';
import { figure, long, table } from './report-table.ts';
import { mark, moment, recorded, toneOf } from './report-words.ts';

type StepOutcome = DrillReport['steps'][number]['outcome'];

/** The values that the run was given. */
export function parametersSection({ parameters }: DrillReport, words: ReportWords): Html | null {
  if (parameters.length === 0) return null;
  const rows = parameters.map(
    (parameter) => html`<tr>${long(parameter.name)}${long(String(parameter.value))}
${long(String(parameter.default))}<td>${words.say(meaningOf(parameter))}</td></tr>`,
  );
  return html`<h2>${words.say('parameters')}</h2>
${table(words, ['parameter', 'value', 'usualValue', 'meaning'], rows)}`;
}

function meaningOf({ isVaried, value, default: usual }: DrillReport['parameters'][number]) {
  if (isVaried) return 'provesNothing';
  return value === usual ? 'asUsual' : 'mayVary';
}

/** What had to be so before anything was held or fetched. */
export function preflightSection({ preflight }: DrillReport, words: ReportWords): Html | null {
  if (preflight.length === 0) return null;
  const rows = preflight.map(
    ({ name, expected, actual, result }) => html`<tr>${long(recorded(words, name))}${long(recorded(words, expected))}
${long(recorded(words, actual))}<td>${mark(words, result)}</td></tr>`,
  );
  return html`<h2>${words.say('preflight')}</h2>
${table(words, ['what', 'expected', 'found', 'result'], rows)}`;
}

/** Every try of every step: what it did, or why it failed; the steps of a group below its title and its time. */
export function stepsSection({ steps, groups }: DrillReport, words: ReportWords): Html | null {
  if (steps.length === 0) return null;
  const headOf = ({ position }: DrillReport['steps'][number], index: number) => {
    const group = groups.find(({ positions }) => positions.includes(position));
    const isFirst = group && steps.findIndex((other) => group.positions.includes(other.position)) === index;
    return isFirst ? groupRow(group, words) : null;
  };
  const rows = steps.map((attempt, index) => html`${headOf(attempt, index)}${stepRow(attempt, words)}`);
  const left = groups.filter(({ outcome }) => outcome === 'not reached').map((group) => groupRow(group, words));
  const columns = [
    'step',
    'phase',
    { figures: 'try' },
    'outcome',
    { figures: 'duration' },
    'started',
    'result',
  ] as const;
  return html`<h2>${words.say('steps')}</h2>
${table(words, columns, [...rows, ...left])}`;
}

function groupRow({ title, outcome, startedAt, seconds }: DrillReport['groups'][number], words: ReportWords): Html {
  return html`<tr><td class="long" colspan="3"><strong>${words.say('stepGroup', { title })}</strong></td>
<td>${mark(words, outcome)}</td>${figure(seconds === null ? null : words.seconds(seconds))}
<td class="word">${startedAt === null ? '–' : moment(startedAt)}</td><td></td></tr>`;
}

function stepRow(
  { step, phase, attempt, outcome, startedAt, seconds, detail }: DrillReport['steps'][number],
  words: ReportWords,
): Html {
  return html`<tr>${long(step)}
<td class="word">${words.code(phase)}</td>${figure(String(attempt))}<td>${outcomeMark(outcome, words)}</td>
${figure(seconds === null ? null : words.seconds(seconds))}<td class="word">${moment(startedAt)}</td>
${long(recorded(words, detail))}</tr>`;
}

/** Whoever reads that a step was tried again, or passed over, reads that it had failed. */
function outcomeMark(outcome: StepOutcome, words: ReportWords): Html {
  if (outcome === 'retried') return mark(words, words.say('failedTriedAgain'), toneOf(outcome));
  if (outcome === 'continued') return mark(words, words.say('failedWentOn'), toneOf(outcome));
  return mark(words, outcome);
}
