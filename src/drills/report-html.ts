import { type Html, html, trustedHtml } from '../kernel/html.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import type { Evidence } from './evidence.ts';
import type { DrillReport } from './report.ts';
import { confirmationsSection, holdingsSection, lostSection } from './report-holdings.ts';
import {
  actionsSection,
  checksSection,
  definitionSection,
  earlierSection,
  findingsSection,
  logSection,
  phasesSection,
  targetsSection,
} from './report-sections.ts';
import { preflightSection, stepsSection } from './report-steps.ts';
import { REPORT_STYLE } from './report-style.ts';
import { mark, moment, toneOf } from './report-words.ts';

/**
 * A run's report as one HTML file. It loads nothing, runs nothing, and is as readable on paper; every text from outside is
 * escaped. The evidence is shown below it, because a report cannot hold its own digest.
 */
export function reportHtml(report: DrillReport, evidence: Evidence): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${`${report.run.title} · drill of ${moment(report.run.triggeredAt)}`}</title>
<style>${trustedHtml(REPORT_STYLE)}</style>
</head>
<body><main>
${headSection(report)}
${heroSection(report)}
${report.policy?.notice ? html`<p class="notice">${sentence(report.policy.notice)}</p>` : null}
${report.warnings.map((warning) => html`<p class="notice plain">${warning}</p>`)}
${verdictSection(report)}
${phasesSection(report)}
${preflightSection(report)}
${stepsSection(report)}
${targetsSection(report)}
${pointSection(report)}
${lostSection(report)}
${holdingsSection(report)}
${confirmationsSection(report)}
${findingsSection(report)}
${checksSection(report)}
<h2>What this run does not prove</h2>
<ul>${report.notProven.map((sentence) => html`<li>${sentence}</li>`)}</ul>
${actionsSection(report)}
${earlierSection(report)}
${logSection(report)}
${definitionSection(report)}
${evidenceSection(report, evidence)}
</main></body>
</html>
`.text;
}

function headSection({ run }: DrillReport): Html {
  return html`<header>
<p class="over">Restore drill report</p>
<h1>${run.title}</h1>
<dl class="facts">
<dt>Service</dt><dd>${run.service}</dd>
<dt>Drill</dt><dd>${run.drill}</dd>
<dt>Triggered</dt><dd>${`${moment(run.triggeredAt)} (${run.trigger}, by ${run.requestedBy})`}</dd>
<dt>Run</dt><dd><code>${run.id}</code></dd>
</dl>
</header>`;
}

function heroSection({ headline, run, policy }: DrillReport): Html {
  const { technicalRtaSeconds: rta, rtoSeconds: rto, marginSeconds: margin, result } = headline;
  const tone = rta === null ? (run.status === 'failed' || run.status === 'completed' ? 'bad' : 'none') : toneOf(result);
  return html`<section class="hero ${tone}">
<div><span class="name">Technical RTA, trigger to validated</span>
<span class="figure">${rta === null ? 'not measured' : formatSeconds(rta)}</span></div>
<div><span class="name">${policy ? `RTO (${policy.severity}, policy version ${policy.version})` : 'RTO'}</span>
<span class="figure second">${rto === null ? 'unknown' : formatSeconds(rto)}</span></div>
<div><span class="name">${margin !== null && margin < 0 ? 'Over the target by' : 'Margin'}</span>
<span class="figure second">${margin === null ? '–' : formatSeconds(Math.abs(margin))}</span></div>
<div><span class="name">Recovery target</span>${mark(toneOf(result), result)}</div>
</section>`;
}

function verdictSection({ verdicts, run, validation, cleanup }: DrillReport): Html {
  const card = (title: string, word: string, text: string, wide = false) =>
    html`<div class="verdict${wide ? ' wide' : ''}"><h3>${title}</h3>${mark(toneOf(word), word)}<p>${text}</p></div>`;
  const { tablesEqual, tablesCompared, tablesNotCompared } = validation;
  const notCompared = tablesNotCompared > 0 ? `; ${tablesNotCompared} not compared` : '';
  return html`<section class="verdicts">
${card('Procedure: did it restore and validate inside the targets?', verdicts.procedure.outcome, verdicts.procedure.reason, true)}
${card('Availability: were the spares, seats and backup there?', verdicts.availability.outcome, verdicts.availability.reason, true)}
${card('Run', run.status, run.reason ?? 'every step was carried out')}
${card('Validation', validation.status, tablesCompared === 0 ? 'no table was compared' : `${tablesEqual} of ${tablesCompared} tables equal${notCompared}`)}
${card('Clean-up', cleanup.status, cleanup.reason ?? (cleanup.status === 'done' ? 'nothing was left behind' : ''))}
</section>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function pointSection({ recoveryPoint }: DrillReport): Html {
  if (recoveryPoint === null) return html`<h2>Recovery point</h2><p>None was chosen.</p>`;
  const { id, sha256, takenAt, ageSeconds, sizeBytes, repository } = recoveryPoint;
  return html`<h2>Recovery point</h2>
<dl class="facts">
<dt>Data is from</dt><dd>${moment(takenAt)}</dd>
<dt>Age at the trigger</dt><dd>${formatSeconds(ageSeconds)}</dd>
<dt>Size</dt><dd>${`${formatBytes(sizeBytes)} in ${repository}`}</dd>
<dt>Id</dt><dd><code>${id}</code></dd>
<dt>SHA-256 of its manifest</dt><dd><code>${sha256 ?? 'not on record'}</code></dd>
</dl>`;
}

function evidenceSection(report: DrillReport, evidence: Evidence): Html {
  return html`<h2>Evidence</h2>
<dl class="facts">
<dt>SHA-256 of report.json</dt><dd><code>${evidence.reportSha256}</code></dd>
<dt>Evidence hash</dt><dd><code>${evidence.evidenceSha256}</code></dd>
<dt>Hash of the evidence before it</dt><dd><code>${evidence.previousSha256 ?? 'none: the first'}</code></dd>
<dt>Signed with key</dt><dd><code>${evidence.keyId}</code> (Ed25519)</dd>
</dl>
<p class="soft">The signature covers report.json and the hash before it. Whoever holds the signing key and the database can
still write another chain; keep the hashes, or the bundles, in another place to notice it.</p>
<footer>${`Written by Muster ${report.musterVersion}.`}</footer>`;
}
