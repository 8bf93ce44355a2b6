import type { Queryable } from '../database/database.ts';
import type { DrillReport } from '../drills/report.ts';
import { reportWords } from '../drills/report-language.ts';
import { mark, moment, toneOf } from '../drills/report-words.ts';
import type { HtmlPage } from '../http/html-page.ts';
import { type Html, html } from '../kernel/html.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import type { Overview } from '../readiness/overview.queries.ts';

/** What the page shows besides the overview. */
export interface HomeFacts {
  readonly overview: Overview;
  readonly nextBackupAt: Date | null;
  readonly nextDrillAt: Date | null;
  readonly nextThings: readonly string[];
}

/** The page that a sign-in leads to: what Muster can prove of itself right now. */
export function homePage(facts: (db: Queryable) => Promise<HomeFacts>): HtmlPage {
  return {
    path: '/',
    title: 'Overview',
    permission: 'system.read',
    render: async ({ db }) => content(await facts(db)),
  };
}

const WORDS = reportWords('en');

function content({ overview, nextBackupAt, nextDrillAt, nextThings }: HomeFacts): Html {
  const { report } = overview;
  return html`<h1>Can Muster itself be recovered, now?</h1>
${answer(overview)}
${report?.policy?.notice ? html`<p class="notice">${sentence(report.policy.notice)}</p>` : null}
${(report?.warnings ?? []).map((warning) => html`<p class="notice">${warning}</p>`)}
<h2>Backup</h2>
${backupSection(overview)}
<h2>Restore drill</h2>
${report ? drillSection(report) : html`<p>No drill has come to its end yet.</p>`}
<h2>Next</h2>
<dl class="facts">
<dt>Backup</dt><dd>${whenOf(nextBackupAt)}</dd>
<dt>Drill</dt><dd>${whenOf(nextDrillAt)}</dd>
</dl>
<h2>Do next</h2>
<ol>${nextThings.map((thing) => html`<li>${thing}</li>`)}</ol>
<p class="soft"><a href="/api/docs">API reference</a></p>`;
}

function answer({ report, run }: Overview): Html {
  if (!report)
    return html`<p class="hero none">${run ? `Not proven yet: the drill is ${run.status}.` : 'Not proven yet.'}</p>`;
  const { headline, verdicts } = report;
  const rta = headline.technicalRtaSeconds;
  const rto = headline.rtoSeconds;
  const tone = toneOf(verdicts.procedure.outcome);
  return html`<p class="hero ${tone}">${mark(WORDS, `procedure ${verdicts.procedure.outcome}`, tone)} ·
technical RTA <strong>${rta === null ? 'not measured' : formatSeconds(rta)}</strong>
against an RTO of <strong>${rto === null ? 'unknown' : formatSeconds(rto)}</strong>
${mark(WORDS, headline.result)}</p>
${rta !== null && rto !== null ? html`${bullet(rta, rto)}<p class="soft">Bar: what was measured. Mark: the target.</p>` : null}`;
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** The measured time as a bar under the target's mark; it never fills less than a sliver, so that it can be seen. */
function bullet(rtaSeconds: number, rtoSeconds: number): Html {
  const scale = Math.max(rtaSeconds, rtoSeconds) * 1.1;
  const width = Math.max(0.4, (rtaSeconds / scale) * 100).toFixed(2);
  const target = ((rtoSeconds / scale) * 100).toFixed(2);
  const label = `${formatSeconds(rtaSeconds)} of ${formatSeconds(rtoSeconds)}`;
  return html`<svg class="bullet" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${label}">
<rect x="0" y="1" width="100" height="4" class="track"/><rect x="0" y="1" width="${width}" height="4" class="bar"/>
<rect x="${target}" y="0" width="0.4" height="6" class="target"/></svg>`;
}

function backupSection({ point, selfTest, set }: Overview): Html {
  if (!point) return html`<p>No recovery point of <code>${set.name}</code> yet.</p>`;
  return html`<dl class="facts">
<dt>Recovery point</dt><dd><code>${point.name}</code>, data of ${moment(point.takenAt.toString())}</dd>
<dt>Size</dt><dd>${formatBytes(point.sizeBytes)}</dd>
<dt>Manifest SHA-256</dt><dd><code>${point.digest ?? 'unreadable'}</code></dd>
<dt>Read back in full</dt><dd>${point.verdict ?? 'not yet'}${point.readInFullAt ? `, ${moment(point.readInFullAt.toString())}` : ''}</dd>
<dt>The check sees damage</dt><dd>${selfTest ? selfTest.summary : 'not tried yet'}</dd>
</dl>`;
}

function drillSection(report: DrillReport): Html {
  const { run, validation, verdicts, phases, notProven } = report;
  const base = `/api/v1/drill-runs/${run.id}`;
  return html`<p>${run.title}, ${moment(run.triggeredAt)}. <a href="${base}/report.html">Full report</a>,
<a href="${base}/report.json">JSON</a>, <a href="${base}/bundle">evidence bundle</a>.</p>
<dl class="facts">
<dt>Availability</dt><dd>${verdicts.availability.outcome}: ${verdicts.availability.reason}</dd>
<dt>Data</dt><dd>${validation.tablesEqual} of ${validation.tablesCompared} tables equal in rows and content</dd>
</dl>
<table><thead><tr><th>Phase</th><th>Status</th><th>Time</th><th></th></tr></thead><tbody>
${phases.map(
  (phase) => html`<tr><td>${phase.phase}</td><td>${phase.status}</td>
<td>${phase.seconds === null ? '–' : formatSeconds(phase.seconds)}</td><td class="soft">${phase.detail ?? ''}</td></tr>`,
)}
</tbody></table>
<h3>What this does not prove</h3>
<ul>${notProven.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;
}

function whenOf(at: Date | null): string {
  return at ? moment(at.toISOString()) : 'not scheduled';
}
