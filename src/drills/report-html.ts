import { type Html, html, trustedHtml } from '../kernel/html.ts';
import { formatBytes } from '../kernel/units.ts';
import type { Evidence } from './evidence.ts';
import type { DrillReport } from './report.ts';
import { holdingsSection, lostSection } from './report-holdings.ts';
import { type ReportLanguage, type ReportWords, reportWords } from './report-language.ts';
import { participantsSection, rolesSection } from './report-people.ts';
import {
  actionsSection,
  checksSection,
  definitionSection,
  earlierSection,
  findingsSection,
  logSection,
  notExecutedSection,
  notProvenSection,
  phasesSection,
  targetsSection,
} from './report-sections.ts';
import { parametersSection, preflightSection, stepsSection } from './report-steps.ts';
import { REPORT_STYLE } from './report-style.ts';
import { mark, moment, recorded, toneOf } from './report-words.ts';

/**
 * A run's report as one HTML file. It loads nothing, runs nothing, and is as readable on paper; every text from outside is
 * escaped. The evidence is shown below it, because a report cannot hold its own digest. In a language other than English what
 * the run recorded is translated where the sentence is known, and marked where it is not.
 */
export function reportHtml(report: DrillReport, evidence: Evidence, language: ReportLanguage = 'en'): string {
  const words = reportWords(language);
  const isRecovery = report.run.mode === 'recovery';
  const title = words.say(isRecovery ? 'recoveryTitle' : 'documentTitle', {
    title: report.run.title,
    moment: moment(report.run.triggeredAt),
  });
  return html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${trustedHtml(REPORT_STYLE)}</style>
</head>
<body><main>
${headSection(report, words)}
${heroSection(report, words)}
${report.policy?.notice ? html`<p class="notice">${noticeText(report.policy.notice, words)}</p>` : null}
${report.warnings.map((warning) => html`<p class="notice plain">${recorded(words, warning)}</p>`)}
${verdictSection(report, words)}
${phasesSection(report, words)}
${parametersSection(report, words)}
${preflightSection(report, words)}
${stepsSection(report, words)}
${targetsSection(report, words)}
${pointSection(report, words)}
${lostSection(report, words)}
${holdingsSection(report, words)}
${rolesSection(report, words)}
${participantsSection(report, words)}
${findingsSection(report, words)}
${checksSection(report, words)}
${notExecutedSection(report, words)}
${notProvenSection(report, words)}
${actionsSection(report, words)}
${earlierSection(report, words)}
${logSection(report, words)}
${definitionSection(report, words)}
${evidenceSection(report, evidence, words)}
</main></body>
</html>
`.text;
}

const MODE_WORDS = { full: 'modeFull', availability: 'modeAvailability', recovery: 'modeRecovery' } as const;

/** What a recovery is for. */
function recoveryFacts({ recovery }: DrillReport['run'], { say }: ReportWords): Html | null {
  if (recovery === null) return null;
  return html`<dt>${say('recoveryCase')}</dt><dd>${recovery.case ?? '–'}</dd>
<dt>${say('recoveryReason')}</dt><dd>${recovery.reason ?? '–'}</dd>
`;
}

function headSection({ run }: DrillReport, words: ReportWords): Html {
  const { say } = words;
  const by = { moment: moment(run.triggeredAt), trigger: words.code(run.trigger), name: run.requestedBy };
  return html`<header>
<p class="over">${say(run.mode === 'recovery' ? 'recoveryReport' : 'restoreDrillReport')}</p>
<h1>${run.title}</h1>
<dl class="facts">
<dt>${say('service')}</dt><dd>${run.service}</dd>
<dt>${say('drill')}</dt><dd>${run.drill}</dd>
<dt>${say('mode')}</dt><dd>${say(MODE_WORDS[run.mode])}</dd>
${recoveryFacts(run, words)}<dt>${say('triggered')}</dt><dd>${say(run.mode === 'recovery' ? 'confirmedBy' : 'triggeredBy', by)}</dd>
<dt>${say('started')}</dt><dd>${run.startedAt === null ? '–' : moment(run.startedAt)}</dd>
<dt>${say('finished')}</dt><dd>${run.finishedAt === null ? '–' : moment(run.finishedAt)}</dd>
<dt>${say('run')}</dt><dd><code>${run.id}</code></dd>
<dt>${say('host')}</dt><dd><code>${run.hostId ?? '–'}</code></dd>
</dl>
</header>`;
}

function heroSection({ headline, run, policy }: DrillReport, words: ReportWords): Html {
  const { say, seconds } = words;
  const { technicalRtaSeconds: rta, rtoSeconds: rto, marginSeconds: margin, result } = headline;
  const tone = rta === null ? (run.status === 'failed' || run.status === 'completed' ? 'bad' : 'none') : toneOf(result);
  const rtoName = policy
    ? say('rtoOfPolicy', { severity: words.code(policy.severity), version: policy.version })
    : say('rto');
  return html`<section class="hero ${tone}">
<div><span class="name">${say('technicalRtaLong')}</span>
<span class="figure">${rta === null ? say('notMeasured') : seconds(rta)}</span></div>
<div><span class="name">${rtoName}</span>
<span class="figure second">${rto === null ? say('unknown') : seconds(rto)}</span></div>
<div><span class="name">${margin !== null && margin < 0 ? say('overTarget') : say('margin')}</span>
<span class="figure second">${margin === null ? '–' : seconds(Math.abs(margin))}</span></div>
<div><span class="name">${say('recoveryTarget')}</span>${mark(words, result)}</div>
</section>`;
}

function verdictSection({ verdicts, run, validation, cleanup }: DrillReport, words: ReportWords): Html {
  const { say } = words;
  const card = (title: string, code: string, text: Html | string | null, wide = false) =>
    html`<div class="verdict${wide ? ' wide' : ''}"><h3>${title}</h3>${mark(words, code)}<p>${text}</p></div>`;
  const { procedure, availability } = verdicts;
  const cleaned = recorded(words, cleanup.reason) ?? (cleanup.status === 'done' ? say('nothingLeft') : null);
  return html`<section class="verdicts">
${card(say('procedureQuestion'), procedure.outcome, recorded(words, procedure.reason), true)}
${card(say('availabilityQuestion'), availability.outcome, recorded(words, availability.reason), true)}
${card(say('runStatus'), run.status, recorded(words, run.reason) ?? say('everyStep'))}
${card(say('validation'), validation.status, validationText(validation, words))}
${card(say('cleanup'), cleanup.status, cleaned)}
</section>`;
}

function validationText(validation: DrillReport['validation'], words: ReportWords): string {
  const { tablesEqual: equal, tablesCompared: compared, tablesNotCompared: count } = validation;
  if (compared === 0) return words.say('noTableCompared');
  const text = words.say('tablesEqual', { equal, compared });
  return count > 0 ? words.say('tablesNotCompared', { text, count }) : text;
}

function noticeText(notice: string, words: ReportWords): string {
  const text = words.recorded(notice) ?? notice;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${words.say('sentenceEnd')}`;
}

function pointSection({ recoveryPoint }: DrillReport, words: ReportWords): Html {
  const { say } = words;
  if (recoveryPoint === null) return html`<h2>${say('recoveryPoint')}</h2><p>${say('noPoint')}</p>`;
  const { id, sha256, takenAt, ageSeconds, sizeBytes, repository } = recoveryPoint;
  return html`<h2>${say('recoveryPoint')}</h2>
<dl class="facts">
<dt>${say('dataFrom')}</dt><dd>${moment(takenAt)}</dd>
<dt>${say('ageAtTrigger')}</dt><dd>${words.seconds(ageSeconds)}</dd>
<dt>${say('size')}</dt><dd>${say('sizeIn', { size: formatBytes(sizeBytes), repository })}</dd>
<dt>${say('id')}</dt><dd><code>${id}</code></dd>
<dt>${say('manifestDigest')}</dt><dd><code>${sha256 ?? say('notOnRecord')}</code></dd>
</dl>`;
}

function evidenceSection(report: DrillReport, evidence: Evidence, words: ReportWords): Html {
  const { say } = words;
  return html`<h2>${say('evidence')}</h2>
<dl class="facts">
<dt>${say('reportDigest')}</dt><dd><code>${evidence.reportSha256}</code></dd>
<dt>${say('evidenceHash')}</dt><dd><code>${evidence.evidenceSha256}</code></dd>
<dt>${say('evidenceBefore')}</dt><dd><code>${evidence.previousSha256 ?? say('noneFirst')}</code></dd>
<dt>${say('signedWith')}</dt><dd><code>${evidence.keyId}</code> (Ed25519)</dd>
</dl>
<p class="soft">${say('signatureCovers')}</p>
<footer>${say('writtenBy', { version: report.musterVersion })}
${words.language === 'en' ? null : html`<br>${say('recordedNotice', { mark: say('asRecorded') })}`}</footer>`;
}
