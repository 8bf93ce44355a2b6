import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../composition/runtime.ts';
import { reportFilesOf } from '../drills/report-files.ts';
import type { DrillRun } from '../drills/run.ts';
import { type RunDetail, readRunDetail } from '../drills/run-detail.ts';
import { formatSeconds } from '../kernel/units.ts';
import { pairs } from './output.ts';

/** A run that has ended, as the API shows it, and where its report lies on this machine. */
export interface DrillResult {
  readonly run: RunDetail;
  readonly reportFiles: { readonly html: string; readonly json: string } | null;
}

/** Reads how a run came out. */
export async function drillResult(runtime: Runtime, run: DrillRun): Promise<DrillResult> {
  const detail = await readRunDetail(runtime.db, runtime.keyring, run.id);
  return { run: detail, reportFiles: await reportFiles(runtime, run) };
}

const REPORT_SECONDS_MAX = 10;
const POLL_MS = 100;

/** The files follow the end of the run by a moment; those of a run on another machine lie there. */
async function reportFiles(
  { directories, instanceId, clock }: Runtime,
  run: DrillRun,
): Promise<DrillResult['reportFiles']> {
  const files = reportFilesOf(directories.reports, run.id);
  const deadlineMs = clock.monotonicMs() + (run.hostId === instanceId ? REPORT_SECONDS_MAX * 1000 : 0);
  while (!existsSync(files.html)) {
    if (clock.monotonicMs() >= deadlineMs) return null;
    await delay(POLL_MS);
  }
  return files;
}

/** The result in a few lines: verdicts, times against targets, where the report is. */
export function drillResultLines({ run, reportFiles: files }: DrillResult): string[] {
  const { procedure, availability } = run;
  const phases = run.phases.filter(({ status, seconds }) => status === 'done' && seconds !== null);
  return pairs([
    [
      run.recovery === null ? 'Drill' : 'Recovery',
      `${run.drill}: ${run.status}${run.statusReason ? `, ${run.statusReason}` : ''}`,
    ],
    ['Procedure', `${procedure.outcome}: ${procedure.reason ?? ''}`],
    ['Availability', `${availability.outcome}: ${availability.reason ?? ''}`],
    ...run.targets.map((target) => ['Target', targetLine(target)] as const),
    ['Targets are', run.exampleTargets ? 'an example, not your commitment' : undefined],
    [
      'Phases',
      phases.map(({ phase, seconds }) => `${phase} ${formatSeconds(seconds ?? 0)}`).join(', ') || 'none ended',
    ],
    ['Clean-up', `${run.cleanup}${run.cleanupReason ? `, ${run.cleanupReason}` : ''}`],
    ['Kept', run.kept === null ? undefined : `muster drill discard ${run.id} removes it`],
    ...run.participants.map(({ role, person }) => ['Role', `${role}: ${person ?? 'nobody'}`] as const),
    ...run.holdings.map((holding) => ['Held', holdingLine(holding)] as const),
    ...run.findings.map(({ kind, message }) => ['Finding', `${kind}: ${message}`] as const),
    ...run.warnings.map((warning) => ['Warning', warning] as const),
    ['Report', files?.html ?? `muster drill report ${run.id}`],
  ]);
}

function targetLine({
  target,
  targetSeconds,
  actualSeconds,
  result,
  required,
  note,
}: DrillResult['run']['targets'][number]): string {
  const figures =
    actualSeconds === null || targetSeconds === null
      ? (note ?? '')
      : `${formatSeconds(actualSeconds)} of ${formatSeconds(targetSeconds)}`;
  return `${target} ${result}${required ? ' (required)' : ''}${figures ? `: ${figures}` : ''}`;
}

function holdingLine({ wanted, thing, place, state, sighting, note }: DrillResult['run']['holdings'][number]): string {
  const what = thing === null ? wanted : `${thing}${place === null ? '' : ` at ${place}`}`;
  return [`${what}: ${state}`, sighting, note].filter((part) => part !== null).join(', ');
}
