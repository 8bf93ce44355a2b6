import type { Dependencies } from '../composition/dependencies.ts';
import { homeFacts } from '../composition/home-facts.ts';
import type { DrillReport } from '../drills/report.ts';
import { reportFilesOf } from '../drills/report-files.ts';
import { moment } from '../drills/report-words.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import type { Overview } from '../readiness/overview.queries.ts';

/** The first five minutes on one card: what was done, what came of it, what was not proven, and what to do next. */
export async function cardOf(dependencies: Dependencies, url: string): Promise<string[]> {
  const { runtime } = dependencies;
  const { overview, nextBackupAt, nextDrillAt, nextThings } = await homeFacts(runtime.db, dependencies);
  const { run, report } = overview;
  const lines = [
    ...backupLines(overview),
    ...drillLines(overview),
    ['Next', `backup ${whenOf(nextBackupAt)}, drill ${whenOf(nextDrillAt)}`],
    ...(run && report ? [['Report', reportFilesOf(runtime.directories.reports, run.id).html]] : []),
    ['Pages', `${url}/ (after signing in: npx muster token sign-in-link), ${url}/api/docs`],
    ...nextThings.map((thing, index) => [index === 0 ? 'Do next' : '', `${index + 1}. ${thing}`]),
  ];
  const width = Math.max(...lines.map(([name = '']) => name.length));
  return ['', ...lines.map(([name = '', text = '']) => `  ${name.padEnd(width)}  ${text}`), ''];
}

function backupLines({ point, selfTest }: Overview): string[][] {
  if (!point) return [['Backup', 'none yet']];
  const digest = point.digest ? `, SHA-256 ${point.digest.slice(0, 16)}...` : '';
  return [
    ['Backup', `${point.name}: ${formatBytes(point.sizeBytes)}${digest}, ${point.verdict ?? 'not checked yet'}`],
    ...(selfTest ? [['Check', selfTest.summary]] : []),
  ];
}

function drillLines({ run, report }: Overview): string[][] {
  if (!run) return [['Drill', 'none yet']];
  if (!report) return [['Drill', `${run.drill}: ${run.status}`]];
  const { headline, validation, verdicts, policy, recoveryPoint } = report;
  const { procedure, availability } = verdicts;
  const why = procedure.outcome === 'passed' ? '' : ` (${procedure.reason})`;
  const lines = [
    ['Drill', `${report.run.drill}: procedure ${procedure.outcome}${why}, availability ${availability.outcome}`],
    ['Restored', `${validation.tablesEqual} of ${validation.tablesCompared} tables equal in rows and content`],
    ['Phases', phasesOf(report)],
  ];
  const { technicalRtaSeconds: rta, rtoSeconds: rto } = headline;
  if (rta !== null && rto !== null) {
    const example = policy?.example ? ' (example target, not your commitment)' : '';
    lines.push([
      'RTA',
      `technical RTA ${formatSeconds(rta)} against RTO ${formatSeconds(rto)}${example}: ${headline.result}`,
    ]);
  }
  if (recoveryPoint) lines.push(['RPA', `the data that came back was ${formatSeconds(recoveryPoint.ageSeconds)} old`]);
  // The report has each with its explanation after the colon.
  const notProven = report.notProven.map((sentence) => sentence.split(':')[0]?.toLowerCase()).join(', ');
  return [...lines, ['Not proven', notProven], ...report.warnings.map((warning) => ['Warning', warning])];
}

function phasesOf({ phases }: DrillReport): string {
  return phases
    .filter((phase) => phase.seconds !== null && phase.status === 'done')
    .map((phase) => `${phase.phase} ${formatSeconds(phase.seconds ?? 0)}`)
    .join(', ');
}

function whenOf(at: Date | null): string {
  return at ? moment(at.toISOString()) : 'not scheduled';
}
