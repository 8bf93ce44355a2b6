import { type Html, html } from '../kernel/html.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import type { DrillReport } from './report.ts';
import { timeline } from './report-timeline.ts';
import { mark, moment, toneOf } from './report-words.ts';

/** Lists up to this length are open; longer ones are folded, and unfolded on paper. */
const OPEN_ROWS_MAX = 12;

/** The phases: drawn, and as a table. */
export function phasesSection(report: DrillReport): Html {
  const rows = report.phases.map(
    (phase) => html`<tr><td class="word">${phase.phase}</td><td>${mark(toneOf(phase.status), phase.status)}</td>
<td class="number">${phase.seconds === null ? '–' : formatSeconds(phase.seconds)}</td>
<td class="number">${phase.sizeBytes === null ? '–' : formatBytes(phase.sizeBytes)}</td>
<td class="number">${phase.bytesPerSecond === null ? '–' : `${formatBytes(phase.bytesPerSecond)}/s`}</td>
<td class="word">${phase.startedAt === null ? '–' : phase.startedAt.slice(11, 23)}</td><td class="long">${phase.detail}</td></tr>`,
  );
  return html`<h2>Phases</h2>
${timeline(report)}
<details><summary>Phases as a table</summary>
<div class="scroll"><table><thead><tr><th>Phase</th><th>Status</th><th class="number">Duration</th><th class="number">Read</th><th class="number">Rate</th><th>Began (UTC)</th><th>Result</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}

/** Every target of the policy, measured or not. */
export function targetsSection(report: DrillReport): Html {
  if (report.targets.length === 0) return html`<h2>Targets</h2><p>The run ended before its targets were known.</p>`;
  const rows = report.targets.map((target) => {
    const { marginSeconds: margin } = target;
    const marginText = margin === null ? '–' : `${margin < 0 ? 'over by ' : ''}${formatSeconds(Math.abs(margin))}`;
    return html`<tr><td>${NAMES[target.target]}</td>
<td class="number">${target.targetSeconds === null ? '–' : formatSeconds(target.targetSeconds)}</td>
<td class="number">${target.actualSeconds === null ? '–' : formatSeconds(target.actualSeconds)}</td>
<td class="number">${marginText}</td><td>${mark(toneOf(target.result), target.result)}</td>
<td>${target.required ? 'required' : 'not required'}</td><td class="long">${target.note}</td></tr>`;
  });
  return html`<h2>Targets</h2>
<div class="scroll"><table><thead><tr><th>Target</th><th class="number">Promised</th><th class="number">Measured</th><th class="number">Margin</th><th>Result</th><th>For success</th><th>Note</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

const NAMES = { respond: 'Respond', plan: 'Plan', recover: 'Recover (RTO)', rpo: 'Data loss (RPO)' } as const;

/** What the verification of the copy found. */
export function findingsSection({ findings }: DrillReport): Html | null {
  if (findings.length === 0) return null;
  const item = (finding: DrillReport['findings'][number]): Html =>
    html`<li><strong>${finding.kind}</strong> in <code>${finding.file}</code>: ${finding.message}${
      finding.consequences?.length ? html`<ul>${finding.consequences.map(item)}</ul>` : null
    }</li>`;
  return html`<h2>Findings in the backup</h2><ul>${findings.map(item)}</ul>`;
}

/** Every comparison with what was expected and what came back; what was not compared is listed apart. */
export function checksSection({ checks }: DrillReport): Html {
  const compared = checks.filter((check) => check.result !== 'not compared');
  const left = checks.filter((check) => check.result === 'not compared');
  const failed = compared.filter((check) => check.result === 'failed');
  if (compared.length === 0) return html`<h2>Checks</h2><p>Nothing was checked.</p>`;
  return html`<h2>Checks</h2>
<p>${`${compared.length - failed.length} of ${compared.length} checks passed.`}</p>
${failed.length > 0 ? checkTable(failed) : null}
${folded(`All ${compared.length} checks`, compared.length, checkTable(compared))}
${left.length > 0 ? folded(`${left.length} not compared, and why`, left.length, leftTable(left)) : null}`;
}

function checkTable(checks: DrillReport['checks']): Html {
  const rows = checks.map(
    (
      check,
    ) => html`<tr><td class="long">${check.subject}</td><td class="long">${check.expected}</td><td class="long">${check.actual}</td>
<td>${mark(toneOf(check.result), check.result)}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th>What</th><th>Expected</th><th>Came back</th><th>Result</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function leftTable(checks: DrillReport['checks']): Html {
  const rows = checks.map(
    (check) => html`<tr><td class="long">${check.subject}</td><td class="long">${check.expected}</td></tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th>What</th><th>Why it was not compared</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** What somebody has to put right because of this drill. */
export function actionsSection({ actions }: DrillReport): Html | null {
  if (actions.length === 0) return null;
  const rows = actions.map(
    (action) => html`<tr><td>${mark(toneOf(action.state), action.state)}</td><td class="long">${action.summary}</td>
<td>${action.owner}</td><td class="word">${action.dueAt.slice(0, 10)}</td></tr>`,
  );
  return html`<h2>Actions</h2>
<div class="scroll"><table><thead><tr><th>State</th><th>What</th><th>Owner</th><th>Due</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The runs of the same drill before this one, and when it is due again. */
export function earlierSection({ earlierRuns, nextDueAt }: DrillReport): Html {
  const next = html`<p>${`Next due: ${nextDueAt === null ? 'not scheduled' : moment(nextDueAt)}.`}</p>`;
  if (earlierRuns.length === 0) return html`<h2>Earlier runs and the next</h2><p>This was the first.</p>${next}`;
  const rows = earlierRuns.map(
    (run) => html`<tr><td class="word">${moment(run.triggeredAt)}</td><td>${mark(toneOf(run.status), run.status)}</td>
<td>${mark(toneOf(run.procedure), run.procedure)}</td>
<td class="number">${run.technicalRtaSeconds === null ? 'not measured' : formatSeconds(run.technicalRtaSeconds)}</td></tr>`,
  );
  return html`<h2>Earlier runs and the next</h2>${next}
<div class="scroll"><table><thead><tr><th>Triggered</th><th>Run</th><th>Procedure</th><th class="number">Technical RTA</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** What the run said as it went. */
export function logSection({ log }: DrillReport): Html {
  const rows = log.map(
    (line) =>
      html`<tr><td class="word">${line.at.slice(11, 23)}</td><td>${line.level}</td><td>${line.phase}</td><td class="long">${line.message}</td></tr>`,
  );
  return html`<h2>Log</h2>${folded(
    `${log.length} lines`,
    log.length,
    html`<div class="scroll"><table><thead><tr><th>Time (UTC)</th><th>Level</th><th>Phase</th><th>Message</th></tr></thead><tbody>${rows}</tbody></table></div>`,
  )}`;
}

/** The definition, word for word. */
export function definitionSection({ definition }: DrillReport): Html | null {
  if (definition === null) return null;
  return html`<h2>Definition</h2><p class="soft">SHA-256 <code>${definition.sha256}</code></p>
<details><summary>The file as it stood when the run began</summary><pre>${definition.text}</pre></details>`;
}

function folded(title: string, rowCount: number, content: Html): Html {
  return rowCount <= OPEN_ROWS_MAX
    ? html`<details open><summary>${title}</summary>${content}</details>`
    : html`<details><summary>${title}</summary>${content}</details>`;
}
