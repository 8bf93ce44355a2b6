import { setTimeout as delay } from 'node:timers/promises';
import { openDrills } from '../composition/drill-definitions.ts';
import type { Runtime } from '../composition/runtime.ts';
import type { DrillDefinition } from '../drills/definition.ts';
import type { DeclaredRole } from '../drills/definition-participants.ts';
import { cancelRun, requestRun } from '../drills/drill.service.ts';
import { runById, targetsOf } from '../drills/drill-run.queries.ts';
import { DRILL_JOB } from '../drills/drill-schedule.ts';
import { type DeclaredParameter, type GivenParameters, valueFromText } from '../drills/parameter-value.ts';
import type { WishedParticipants } from '../drills/participant.service.ts';
import { drillRunProgress, type RunProgress } from '../drills/progress.ts';
import { type DrillRun, exitStatusOf, type RunMode } from '../drills/run.ts';
import { AppError } from '../kernel/errors.ts';
import { DEFAULT_TAG } from '../scheduling/queue-name.ts';
import { unknownName } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { type RecoveryOptions, recoveryFrom } from './drill-recovery.ts';
import { drillResult, drillResultLines } from './drill-result.ts';
import { createMeter, type Progress } from './progress-meter.ts';
import { cliActor } from './sign-in-link.ts';
import { type JobAccess, withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface RunOptions extends RecoveryOptions {
  readonly mode: RunMode;
  /** `name=value`, each. */
  readonly set?: readonly string[];
  /** `role=person`, each. */
  readonly participant?: readonly string[];
}

/** Runs a drill to its end, clean-up included, and answers the exit status of its result. */
export async function runDrill(
  context: CommandContext,
  drill: string,
  { mode, set = [], participant = [], ...recoveryOptions }: RunOptions,
): Promise<number> {
  const definition = await requireDrill(context, drill);
  const parameters = parametersFrom(definition.parameters ?? {}, set);
  const participants = participantsFrom(definition.participants ?? [], participant);
  // What it warns of stands in its result.
  return withRuntime(context, { writes: true, logLevel: 'error' }, (runtime, signal) =>
    withJobs(runtime, async (access) => {
      await access.haveWorked(DRILL_JOB, DEFAULT_TAG);
      const { catalogue, queue } = access.dependencies;
      const origin = { actor: cliActor() };
      const recovery = await recoveryFrom(runtime.db, recoveryOptions);
      const { runId } = await runtime.db.transaction((tx) =>
        requestRun(tx, { catalogue, queue }, origin, { drill, mode, parameters, participants, recovery }),
      );
      const run = await watch(context, runtime, access, runId, signal);
      const targets = await targetsOf(runtime.db, runId);
      const exitStatus = exitStatusOf(run, targets);
      const result = await drillResult(runtime, run);
      context.output.answer({ exitStatus, ...result }, () => drillResultLines(result));
      return exitStatus;
    }),
  );
}

/** Before anything is opened: a wrong name is told at once, and what is wrong with a file is told in full. */
async function requireDrill({ output }: CommandContext, name: string): Promise<DrillDefinition> {
  const files = (await openDrills()).current();
  const file = files.find((candidate) => candidate.name === name);
  if (!file)
    throw unknownName(
      'drill',
      name,
      files.map((known) => known.name),
    );
  if (file.definition) return file.definition;
  for (const { line, column, message } of file.problems)
    output.warn(`drills/${name}.yaml:${line}:${column}: ${message}`);
  throw new AppError(
    'unprocessable',
    'bad-definition',
    `drills/${name}.yaml is no drill that can be run: mend it first`,
  );
}

/** @throws AppError `usage` for what is not `name=value`, and for an unknown name. */
function parametersFrom(
  declared: Readonly<Record<string, DeclaredParameter>>,
  stated: readonly string[],
): GivenParameters {
  return Object.fromEntries(
    stated.map((text) => {
      const [name, value] = pairFrom(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new AppError('usage', 'bad-parameter', `--set takes name=value, not ${text}`);
      }
      const known = Object.hasOwn(declared, name) ? declared[name] : undefined;
      if (!known) throw unknownName('parameter', name, Object.keys(declared));
      return [name, valueFromText(known, value)];
    }),
  );
}

/** @throws AppError `usage` for what is not `role=person`, and for an unknown role. */
function participantsFrom(roles: readonly DeclaredRole[], stated: readonly string[]): WishedParticipants {
  return Object.fromEntries(
    stated.map((text) => {
      const pair = pairFrom(text);
      if (!pair) throw new AppError('usage', 'bad-participant', `--participant takes role=person, not ${text}`);
      const known = roles.map(({ role }) => role);
      if (!known.includes(pair[0])) throw unknownName('role', pair[0], known);
      return pair;
    }),
  );
}

/** The two sides of the first equals sign. */
function pairFrom(text: string): [name: string, value: string] | undefined {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

const POLL_MS = 250;

/** Until nothing of the run is left to do. The first Ctrl-C cancels it, and the watching goes on until it is cleaned up. */
async function watch(
  { output }: CommandContext,
  { db, clock }: Runtime,
  { dependencies }: JobAccess,
  runId: string,
  signal: AbortSignal,
): Promise<DrillRun> {
  const show = createMeter(output, clock);
  let cancelled = false;
  for (;;) {
    const progress = await drillRunProgress(db, runId);
    // The end of a run is written after its clean-up.
    if (progress.ended) return runById(db, runId);
    if (signal.aborted && !cancelled) {
      cancelled = true;
      output.note('Cancelling the drill, and cleaning up ...');
      await db.transaction((tx) => cancelRun(tx, dependencies.runner, { actor: cliActor() }, runId)).catch(unlessEnded);
    }
    const step = stepOf(progress);
    if (step) show(step);
    await delay(POLL_MS, undefined, signal.aborted ? {} : { signal }).catch(() => {});
  }
}

/** It ended by itself in the same moment. */
function unlessEnded(thrown: unknown): void {
  if (!(thrown instanceof AppError && thrown.code === 'run-ended')) throw thrown;
}

function stepOf(progress: RunProgress): Progress | undefined {
  const { waitsFor, phase, seconds } = progress;
  if (phase !== null) {
    const { phaseSeconds, bytesDone: done, bytesTotal: total, bytesPerSecond: perSecond, etaSeconds } = progress;
    return { label: phase, seconds: phaseSeconds, done, total, perSecond, etaSeconds };
  }
  return waitsFor === null ? undefined : { label: `waits for ${waitsFor}`, seconds };
}
