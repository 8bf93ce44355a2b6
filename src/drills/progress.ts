import type { Queryable } from '../database/database.ts';
import { phasesOf, runById, secondsSince } from './drill-run.queries.ts';
import { type ExpectedPhase, expectedPhases } from './history.queries.ts';
import type { Phase, PhaseRecord } from './phase.ts';
import { type DrillRun, isEnded, type RunStatus } from './run.ts';
import { waitsFor } from './turn.store.ts';

/** How far a run is, for whoever watches it. */
export interface RunProgress {
  readonly runId: string;
  readonly drill: string;
  readonly status: RunStatus;
  readonly ended: boolean;
  /** What a run waits for that has not begun, in words. */
  readonly waitsFor: string | null;
  /** The phase that runs now. */
  readonly phase: Phase | null;
  /** Since the trigger; up to the end for a run that has ended. */
  readonly seconds: number;
  /** Since the present phase began. */
  readonly phaseSeconds: number | null;
  readonly bytesDone: number | null;
  readonly bytesTotal: number | null;
  readonly bytesPerSecond: number | null;
  /**
   * Until validated: what the present phase still needs by its own rate, else by the rate or the time of the last passed runs,
   * and the later phases as they were then. Null while nothing is known.
   */
  readonly etaSeconds: number | null;
  /** From the trigger to validated, by the last passed runs; null when they do not say. */
  readonly expectedSeconds: number | null;
  /** The passed runs that the expectation rests on. */
  readonly expectedFromRuns: number;
  readonly phases: readonly PhaseProgress[];
}

/** A phase, and how long it should take. */
interface PhaseProgress extends PhaseRecord {
  readonly expectedSeconds: number | null;
  /** What it moved a second; null unless it has ended and moved bytes. */
  readonly bytesPerSecond: number | null;
}

/** @throws AppError `not-found` `unknown-run`. */
export async function drillRunProgress(db: Queryable, runId: string): Promise<RunProgress> {
  const run = await runById(db, runId);
  const phases = await phasesOf(db, runId);
  const running = phases.find((phase) => phase.status === 'running');
  const ended = isEnded(run.status);
  const phaseSeconds = running?.startedAt && !ended ? await secondsSince(db, running.startedAt) : null;
  const bytesPerSecond = rateOf(run, phaseSeconds);
  const { phases: expected, runCount } = await expectedPhases(db, run.drill);
  const counted = phases.filter(({ phase, status }) => status !== 'not measured' && !AFTERWARDS.has(phase));
  return {
    runId,
    drill: run.drill,
    status: run.status,
    ended,
    waitsFor: await waitsFor(db, run),
    phase: ended ? null : (running?.phase ?? null),
    seconds: run.finishedAt ? elapsed(run.triggeredAt, run.finishedAt) : await secondsSince(db, run.triggeredAt),
    phaseSeconds,
    bytesDone: run.progressBytesDone,
    bytesTotal: run.progressBytesTotal,
    bytesPerSecond,
    etaSeconds: ended ? null : etaOf(run, phases, running, phaseSeconds, bytesPerSecond, expected),
    expectedSeconds: sumOf(counted.map(({ phase }) => expected.get(phase)?.seconds)),
    expectedFromRuns: runCount,
    phases: phases.map((record) => ({
      ...record,
      expectedSeconds: expected.get(record.phase)?.seconds ?? null,
      bytesPerSecond: record.sizeBytes !== null && record.seconds ? record.sizeBytes / record.seconds : null,
    })),
  };
}

function rateOf({ progressBytesDone: done }: DrillRun, phaseSeconds: number | null): number | null {
  return done !== null && done > 0 && phaseSeconds !== null && phaseSeconds > 0 ? done / phaseSeconds : null;
}

/** Phases that do not count until validated. */
const AFTERWARDS: ReadonlySet<Phase> = new Set(['handover', 'cleanup']);

function etaOf(
  run: DrillRun,
  phases: readonly PhaseRecord[],
  running: PhaseRecord | undefined,
  phaseSeconds: number | null,
  bytesPerSecond: number | null,
  expected: ReadonlyMap<Phase, ExpectedPhase>,
): number | null {
  const here = remainingHere(run, running, phaseSeconds, bytesPerSecond, expected);
  const later = phases.filter((phase) => phase.status === 'not reached' && !AFTERWARDS.has(phase.phase));
  const then = sumOf(later.map(({ phase }) => expected.get(phase)?.seconds));
  return here === null || then === null ? null : here + then;
}

/** Null as soon as one of them is not known. */
function sumOf(seconds: readonly (number | undefined)[]): number | null {
  return seconds.reduce<number | null>((sum, one) => (sum === null || one === undefined ? null : sum + one), 0);
}

function remainingHere(
  { progressBytesDone: done, progressBytesTotal: total }: DrillRun,
  running: PhaseRecord | undefined,
  phaseSeconds: number | null,
  bytesPerSecond: number | null,
  expected: ReadonlyMap<Phase, ExpectedPhase>,
): number | null {
  if (!running) return null;
  if (bytesPerSecond !== null && done !== null && total !== null) return Math.max(0, total - done) / bytesPerSecond;
  const usual = expected.get(running.phase);
  if (usual === undefined) return null;
  const byRate = total !== null && usual.bytesPerSecond ? total / usual.bytesPerSecond : null;
  return Math.max(0, (byRate ?? usual.seconds) - (phaseSeconds ?? 0));
}

function elapsed(from: Date, until: Date): number {
  return Math.max(0, until.getTime() - from.getTime()) / 1000;
}
