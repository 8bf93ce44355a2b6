import { type Html, html } from '../kernel/html.ts';
import { formatBytes } from '../kernel/units.ts';
import type { DrillReport } from './report.ts';
import type { ReportWords } from './report-language.ts';
import { figure, long, table } from './report-table.ts';
import { timeline } from './report-timeline.ts';
import { trend } from './report-trend.ts';
import { mark, moment, recorded, TARGET_WORDS, timeOfDay } from './report-words.ts';

/** Lists up to this length are open; longer ones are folded, and unfolded on paper. */
const OPEN_ROWS_MAX = 12;

/** The phases and the targets: drawn, and the phases as a table. */
export function phasesSection(report: DrillReport, words: ReportWords): Html {
  const { say, code } = words;
  const rows = report.phases.map(
    (phase) => html`<tr><td class="word">${code(phase.phase)}</td><td>${mark(words, phase.status)}</td>
${figure(phase.seconds === null ? null : words.seconds(phase.seconds))}
${figure(phase.sizeBytes === null ? null : formatBytes(phase.sizeBytes))}
${figure(phase.bytesPerSecond === null ? null : `${formatBytes(phase.bytesPerSecond)}/s`)}
<td class="word">${phase.startedAt === null ? '–' : timeOfDay(phase.startedAt)}</td>
${long(recorded(words, phase.detail))}</tr>`,
  );
  const figures = [{ figures: 'duration' }, { figures: 'read' }, { figures: 'rate' }] as const;
  return html`<h2>${say('phases')}</h2>
${timeline(report, words)}
<details><summary>${say('phasesAsTable')}</summary>
${table(words, ['phase', 'status', ...figures, 'beganUtc', 'result'], rows)}</details>`;
}

/** Every target of the policy, measured or not. */
export function targetsSection(report: DrillReport, words: ReportWords): Html {
  const { say, seconds } = words;
  if (report.targets.length === 0) return html`<h2>${say('targets')}</h2><p>${say('noTargets')}</p>`;
  const rows = report.targets.map((target) => {
    const { targetSeconds, actualSeconds, marginSeconds: margin } = target;
    const duration = margin === null ? null : seconds(Math.abs(margin));
    return html`<tr><td>${say(TARGET_WORDS[target.target])}</td>
${figure(targetSeconds === null ? null : seconds(targetSeconds))}${figure(actualSeconds === null ? null : seconds(actualSeconds))}
${figure(margin !== null && duration !== null && margin < 0 ? say('overBy', { duration }) : duration)}
<td>${mark(words, target.result)}</td><td>${target.required ? say('required') : say('notRequired')}</td>
${long(recorded(words, target.note))}</tr>`;
  });
  const figures = [{ figures: 'promised' }, { figures: 'measured' }, { figures: 'margin' }] as const;
  return html`<h2>${say('targets')}</h2>
${table(words, ['target', ...figures, 'result', 'forSuccess', 'note'], rows)}`;
}

/** What the verification of the copy found. */
export function findingsSection({ findings }: DrillReport, words: ReportWords): Html | null {
  if (findings.length === 0) return null;
  const item = ({ kind, file, message, consequences = [] }: DrillReport['findings'][number]): Html =>
    html`<li><strong>${words.code(kind)}</strong> ${words.say('findingIn')} <code>${file}</code>: ${message}${
      consequences.length > 0 ? html`<ul>${consequences.map(item)}</ul>` : null
    }</li>`;
  return html`<h2>${words.say('findings')}</h2><ul>${findings.map(item)}</ul>`;
}

/** Every comparison with what was expected and what came back; what was not compared is listed apart. */
export function checksSection({ checks }: DrillReport, words: ReportWords): Html {
  const { say } = words;
  const compared = checks.filter((check) => check.result !== 'not compared');
  const left = checks.filter((check) => check.result === 'not compared');
  const failed = compared.filter((check) => check.result === 'failed');
  if (compared.length === 0) return html`<h2>${say('checks')}</h2><p>${say('nothingChecked')}</p>`;
  return html`<h2>${say('checks')}</h2>
<p>${say('checksPassed', { passed: compared.length - failed.length, all: compared.length })}</p>
${failed.length > 0 ? checkTable(failed, words) : null}
${folded(say('allChecks', { count: compared.length }), compared.length, checkTable(compared, words))}
${left.length > 0 ? folded(say('notComparedAndWhy', { count: left.length }), left.length, leftTable(left, words)) : null}`;
}

function checkTable(checks: DrillReport['checks'], words: ReportWords): Html {
  const shown = (text: string) => words.recorded(text) ?? text;
  const rows = checks.map(
    ({ subject, expected, actual, result }) =>
      html`<tr>${long(subject)}${long(shown(expected))}${long(shown(actual))}<td>${mark(words, result)}</td></tr>`,
  );
  return table(words, ['what', 'expected', 'cameBack', 'result'], rows);
}

function leftTable(checks: DrillReport['checks'], words: ReportWords): Html {
  const rows = checks.map(({ subject, expected }) => html`<tr>${long(subject)}${long(expected)}</tr>`);
  return table(words, ['what', 'whyNotCompared'], rows);
}

/** What of the drill was not carried out, and why: whoever reads only what is there does not miss what is not. */
export function notExecutedSection({ notExecuted }: DrillReport, words: ReportWords): Html {
  const { say } = words;
  if (notExecuted.length === 0) return html`<h2>${say('notExecuted')}</h2><p>${say('allExecuted')}</p>`;
  const rows = notExecuted.map(
    ({ kind, name, reason }) =>
      html`<tr><td class="word">${words.code(kind)}</td>${long(nameIn(words, kind, name))}
${long(recorded(words, reason))}</tr>`,
  );
  return html`<h2>${say('notExecuted')}</h2>
${table(words, ['kind', 'what', 'why'], rows)}`;
}

function nameIn(words: ReportWords, kind: string, name: string): string {
  if (kind === 'phase') return words.code(name);
  return kind === 'scenario' ? (words.recorded(name) ?? name) : name;
}

/** What nobody may conclude from the run. */
export function notProvenSection({ notProven }: DrillReport, words: ReportWords): Html {
  return html`<h2>${words.say('notProven')}</h2>
<ul>${notProven.map((sentence) => html`<li>${recorded(words, sentence)}</li>`)}</ul>`;
}

/** What somebody has to put right because of this drill. */
export function actionsSection({ actions }: DrillReport, words: ReportWords): Html | null {
  if (actions.length === 0) return null;
  const rows = actions.map(
    ({ state, summary, owner, dueAt }) => html`<tr><td>${mark(words, state)}</td>${long(recorded(words, summary))}
<td>${owner}</td><td class="word">${dueAt.slice(0, 10)}</td></tr>`,
  );
  return html`<h2>${words.say('actions')}</h2>
${table(words, ['state', 'what', 'owner', 'due'], rows)}`;
}

/** The runs of the same drill before this one, and when it is due again. */
export function earlierSection(report: DrillReport, words: ReportWords): Html {
  const { say } = words;
  const { earlierRuns } = report;
  const next = html`<p>${say('nextDue', { when: nextTime(report, words) })}</p>`;
  if (earlierRuns.length === 0) return html`<h2>${say('earlier')}</h2><p>${say('firstRun')}</p>${next}`;
  const rows = earlierRuns.map(
    (run) => html`<tr><td class="word">${moment(run.triggeredAt)}</td><td>${mark(words, run.status)}</td>
<td>${mark(words, run.procedure)}</td>
${figure(run.technicalRtaSeconds === null ? say('notMeasured') : words.seconds(run.technicalRtaSeconds))}</tr>`,
  );
  return html`<h2>${say('earlier')}</h2>${next}${trend(report, words)}
${table(words, ['triggered', 'runStatus', 'procedure', { figures: 'technicalRta' }], rows)}`;
}

function nextTime({ nextDueAt, nextSurprise }: DrillReport, words: ReportWords): string {
  if (nextDueAt !== null) return moment(nextDueAt);
  if (nextSurprise === null) return words.say('notScheduled');
  const { every, days, ...window } = nextSurprise;
  return words.say('bySurprise', { ...window, every: words.code(every), days: days.map(words.code).join(', ') });
}

/** What the run said as it went. */
export function logSection({ log }: DrillReport, words: ReportWords): Html {
  const { say, code } = words;
  const rows = log.map(
    ({ at, level, phase, message }) =>
      html`<tr><td class="word">${timeOfDay(at)}</td><td>${code(level)}</td><td>${phase === null ? null : code(phase)}</td>
${long(message)}</tr>`,
  );
  const lines = table(words, ['timeUtc', 'level', 'phase', 'message'], rows);
  return html`<h2>${say('log')}</h2>${folded(say('lines', { count: log.length }), log.length, lines)}`;
}

/** The definition, word for word. */
export function definitionSection({ definition }: DrillReport, words: ReportWords): Html | null {
  if (definition === null) return null;
  return html`<h2>${words.say('definition')}</h2><p class="soft">SHA-256 <code>${definition.sha256}</code></p>
<details><summary>${words.say('definitionAsItStood')}</summary><pre>${definition.text}</pre></details>`;
}

function folded(title: string, rowCount: number, content: Html): Html {
  return rowCount <= OPEN_ROWS_MAX
    ? html`<details open><summary>${title}</summary>${content}</details>`
    : html`<details><summary>${title}</summary>${content}</details>`;
}
