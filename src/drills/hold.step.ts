import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { serviceByName } from '../services/service.queries.ts';
import type { DrillResources } from './definition-resources.ts';
import { secondsMax } from './definition-retry.ts';
import { runById } from './drill-run.queries.ts';
import { type HoldQuestion, holdWanted, isShortage, recordShort, shortagesOf } from './holding.service.ts';
import type { Holding } from './holding.ts';
import { incidentRights } from './incident-hold.ts';
import type { Recovery } from './recovery.ts';
import { type Wanted, wantedThings } from './resource-wish.ts';

/** Between two looks at a pool that was short. */
const LOOK_AGAIN_MS = 5000;

/** What clean-up and the write of the end may take beyond the steps. */
const MARGIN_SECONDS = 3600;

/** Whoever recovers from a real incident comes for the spares when the data is back. */
const RECOVERY_MARGIN_SECONDS = 3 * 86_400;

/**
 * Holds what the definition says that the recovery needs, and waits for it as long as the definition says. What is short is
 * recorded and fails the availability; the recovery goes on without it, because whether the procedure works is another
 * question. Answers what it came to.
 */
export async function holdResources(recovery: Recovery): Promise<string> {
  const { definition, recorder, runId } = recovery;
  const { resources } = definition;
  if (!resources) return 'no spares and no seats declared';
  const asked = await questionOf(recovery, resources);
  if (!asked) return refused(recovery, unregistered(recovery));
  const { question, wanted } = asked;
  const shortages = unknownThings(wanted);
  const got = shortages.size > 0 ? shortages : await holdInTime(recovery, question, wanted, resources.waitSeconds);
  recovery.resources = 'asked';
  if (got instanceof Map) {
    await recorder.write((tx) => recordShort(tx, runId, wanted, got));
    for (const [{ wanted: what }, why] of got) recorder.say(`short of ${what}: ${why}`, 'error');
    return `short of ${[...got.keys()].map(({ wanted: what }) => what).join(', ')}`;
  }
  for (const holding of got) recorder.say(heldLine(holding));
  return got.length === 0 ? 'the service needs no spares and no seats' : `${got.length} lines held`;
}

/**
 * What of the spares and seats that the recovery needs is not free at this moment, in words; undefined when all is. It is held
 * and given back in one transaction that leaves nothing behind.
 */
export async function resourcesFree(recovery: Recovery): Promise<string | undefined> {
  const { definition, deps } = recovery;
  const asked = definition.resources && (await questionOf(recovery, definition.resources));
  if (!asked) return definition.resources ? unregistered(recovery) : 'the definition names none';
  const { question, wanted } = asked;
  const unknown = unknownThings(wanted);
  const short = unknown.size > 0 ? unknown : await tried(deps.db, question, wanted);
  if (short.size === 0) return undefined;
  return `short of ${[...short].map(([{ wanted: what }, why]) => `${what} (${why})`).join(', ')}`;
}

async function tried(
  db: Database,
  question: HoldQuestion,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Wanted, string>> {
  const allFree = new Error('all is free');
  try {
    return await db.transaction(async (tx) => {
      await holdWanted(tx, question, wanted);
      throw allFree;
    });
  } catch (thrown) {
    if (thrown === allFree) return new Map();
    if (!isShortage(thrown)) throw thrown;
    return shortagesOf(thrown, wanted);
  }
}

/** What the pool is asked for, and with which rights; undefined when nothing can be held for the service. */
async function questionOf(
  recovery: Recovery,
  resources: DrillResources,
): Promise<{ readonly question: HoldQuestion; readonly wanted: Wanted[] } | undefined> {
  const { definition, deps, runId, mode } = recovery;
  const service = await serviceByName(deps.db, definition.service);
  if (!service) return undefined;
  const { severity } = definition.objectives;
  const incident =
    mode === 'recovery' ? await incidentRights(deps.db, await runById(deps.db, runId), severity) : undefined;
  const question: HoldQuestion = {
    ...{ runId, drill: definition.name, service, severity, incident },
    ...{ expiresAt: holdEnd(recovery), lostLocationIds: recovery.lost.locationIds },
  };
  const of = { drill: definition.name, serviceId: service.id };
  return { question, wanted: await wantedThings(deps.db, resources, of) };
}

function unregistered({ definition }: Recovery): string {
  return `the service ${definition.service} is not in the register: nothing can be held for it`;
}

/** A hold never outlives its run for long, whatever becomes of the run; for a recovery some days. */
function holdEnd({ definition, deps, mode }: Recovery): string {
  const margin = mode === 'recovery' ? RECOVERY_MARGIN_SECONDS : MARGIN_SECONDS;
  const steps = definition.steps.reduce((sum, step) => sum + secondsMax(step), 0);
  const seconds = steps + (definition.resources?.waitSeconds ?? 0) + margin;
  return deps.clock.now().add({ seconds }).toString({ smallestUnit: 'millisecond' });
}

function unknownThings(wanted: readonly Wanted[]): Map<Wanted, string> {
  return new Map(wanted.flatMap((one) => (one.problem === null ? [] : [[one, one.problem]])));
}

async function holdInTime(
  { recorder, signal, deps: { clock } }: Recovery,
  question: HoldQuestion,
  wanted: readonly Wanted[],
  waitSeconds: number,
): Promise<Holding[] | Map<Wanted, string>> {
  const deadlineMs = clock.monotonicMs() + waitSeconds * 1000;
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    try {
      return await recorder.write((tx) => holdWanted(tx, question, wanted));
    } catch (thrown) {
      if (!isShortage(thrown)) throw thrown;
      const leftMs = deadlineMs - clock.monotonicMs();
      if (leftMs <= 0) return shortagesOf(thrown, wanted);
      if (isFirst) recorder.say(`waits up to ${waitSeconds} s for what is short: ${thrown.message}`, 'warn');
      await delay(Math.min(LOOK_AGAIN_MS, leftMs), undefined, { signal });
    }
  }
}

function refused(recovery: Recovery, reason: string): string {
  recovery.resources = { refused: reason };
  recovery.recorder.say(reason, 'error');
  return reason;
}

function heldLine({ thing, place, isFromReserve, seenAt }: Holding): string {
  const seen = seenAt === null ? 'never seen' : `last seen on ${seenAt.toISOString().slice(0, 10)}`;
  const where = place === null ? '' : ` at ${place}, ${seen}`;
  return `holds ${thing}${where}${isFromReserve ? ', from the emergency reserve' : ''}`;
}
