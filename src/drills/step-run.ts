import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../kernel/errors.ts';
import { formatSeconds } from '../kernel/units.ts';
import { isFor } from './definition-applies.ts';
import { type Retry, secondsAfter } from './definition-retry.ts';
import type { DrillStep, StepOf } from './definition-steps.ts';
import { extract } from './extract.step.ts';
import { fetch } from './fetch.step.ts';
import { askGoAhead } from './go-ahead.ts';
import { probeName } from './http/probe.ts';
import { http } from './http.step.ts';
import { manual } from './manual.step.ts';
import type { Phase } from './phase.ts';
import { postgres } from './postgres.step.ts';
import { provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { occasionOf } from './run.ts';
import { pathInside } from './sandbox.ts';
import { run } from './script.step.ts';
import { serve } from './serve.step.ts';
import { sqlite } from './sqlite.step.ts';
import type { StepOutcome } from './step-attempt.ts';
import { beginTry } from './step-try.ts';
import { verify } from './verify.step.ts';
import { withholdData } from './withhold-data.ts';
import { withholdTables } from './withhold-tables.ts';

const PHASE_OF: Readonly<Record<DrillStep['step'], Phase>> = {
  fetch: 'fetch',
  verify: 'verify',
  extract: 'restore',
  postgres: 'restore',
  sqlite: 'restore',
  run: 'restore',
  serve: 'restore',
  http: 'restore',
  wait: 'restore',
  manual: 'restore',
};

/** Carries out the steps of one phase in their order. Answers what they came to; a step that fails ends it. */
export async function carryOutSteps(recovery: Recovery, phase: Phase): Promise<string> {
  const details: string[] = [];
  for (const [position, step] of recovery.definition.steps.entries()) {
    if (PHASE_OF[step.step] === phase && isFor(step, occasionOf(recovery.mode)))
      details.push(await carryOutStep(recovery, step, position));
  }
  return details.join('; ');
}

const NO_RETRY: Retry = { attempts: 1, delaySeconds: 0, backoff: 1 };

/** Tries a step as often as its definition says. Every try is on record before it begins, and so is what came of it. */
async function carryOutStep(recovery: Recovery, step: DrillStep, position: number): Promise<string> {
  const { recorder, signal } = recovery;
  const retry = ('retry' in step ? step.retry : undefined) ?? NO_RETRY;
  const name = nameOf(step);
  await askGoAhead(recovery, step, position, name);
  for (let attempt = 1; ; attempt += 1) {
    if (attempt > 1) await prepareAgain(recovery, step);
    const end = await beginTry(recovery, { position, attempt, step: name, phase: PHASE_OF[step.step] });
    try {
      const detail = await tryOnce(recovery, step);
      await end('done', detail);
      return attempt === 1 ? detail : `${detail} (at attempt ${attempt})`;
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'run-lost') throw thrown;
      const outcome = outcomeOf(step, signal, attempt < retry.attempts);
      await end(outcome, messageOf(thrown));
      if (outcome === 'continued') {
        recorder.say(`${name} failed, and the run goes on: ${messageOf(thrown)}`, 'error');
        return `${name} failed, and the run went on`;
      }
      if (outcome !== 'retried') throw thrown;
      const seconds = secondsAfter(retry, attempt);
      const again = `tried again in ${formatSeconds(seconds)} (attempt ${attempt} of ${retry.attempts})`;
      recorder.say(`${name} failed, and is ${again}: ${messageOf(thrown)}`, 'warn');
      await delay(seconds * 1000, undefined, { signal });
    }
  }
}

function outcomeOf(step: DrillStep, { aborted }: AbortSignal, hasTriesLeft: boolean): Exclude<StepOutcome, 'running'> {
  if (aborted) return 'interrupted';
  if (hasTriesLeft) return 'retried';
  return 'onError' in step && step.onError === 'continue' ? 'continued' : 'failed';
}

/** What people call a step: its kind, and what tells it from others of its kind. */
function nameOf(step: DrillStep): string {
  if (step.step === 'http') return `http ${probeName(step)}`;
  if (step.step === 'serve') return `serve ${step.name}`;
  if (step.step === 'run') return `run ${step.script}`;
  return step.step === 'manual' ? `manual ${step.name}` : step.step;
}

/** A try begins where the first one began: half a copy is no copy, and what it said of the backup is not said any more. */
async function prepareAgain(recovery: Recovery, step: DrillStep): Promise<void> {
  if (step.step !== 'fetch') return;
  await rm(await pathInside(provisioned(recovery).sandbox, SANDBOX_PARTS.copy), { recursive: true, force: true });
  recovery.backup = { state: 'unknown' };
}

/** @throws AppError `timeout` `step-timeout`. */
async function tryOnce(recovery: Recovery, step: DrillStep): Promise<string> {
  const limit = AbortSignal.timeout(step.timeoutSeconds * 1000);
  const signal = AbortSignal.any([recovery.signal, limit]);
  try {
    signal.throwIfAborted();
    return await work(recovery, signal, step);
  } catch (thrown) {
    if (!limit.aborted || recovery.signal.aborted) throw thrown;
    const message = `The step ${step.step} took longer than its ${step.timeoutSeconds} seconds`;
    throw new AppError('timeout', 'step-timeout', message, { cause: thrown });
  }
}

function work(recovery: Recovery, signal: AbortSignal, step: DrillStep): Promise<string> {
  switch (step.step) {
    case 'fetch':
      return fetch(recovery, signal);
    case 'verify':
      return verify(recovery, signal, step);
    case 'extract':
      return extractWithout(recovery, signal, step);
    case 'postgres':
      return postgresWithout(recovery, signal, step);
    case 'sqlite':
      return sqlite(recovery, signal, step);
    case 'run':
      return run(recovery, signal, step);
    case 'serve':
      return serve(recovery, signal, step);
    case 'http':
      return http(recovery, signal, step);
    case 'wait':
      return wait(step.seconds, signal);
    case 'manual':
      return manual(recovery, signal, step);
  }
}

async function extractWithout(recovery: Recovery, signal: AbortSignal, step: StepOf<'extract'>): Promise<string> {
  const said = await extract(recovery, signal, step);
  await withholdData(recovery);
  return said;
}

async function postgresWithout(recovery: Recovery, signal: AbortSignal, step: StepOf<'postgres'>): Promise<string> {
  const said = await postgres(recovery, signal, step);
  await withholdTables(recovery, signal);
  return said;
}

async function wait(seconds: number, signal: AbortSignal): Promise<string> {
  await delay(seconds * 1000, undefined, { signal });
  return `waited ${seconds} s`;
}
