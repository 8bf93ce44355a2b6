import { setTimeout as delay } from 'node:timers/promises';
import { serviceByName } from '../services/service.queries.ts';
import { secondsMax } from './definition-retry.ts';
import { type HoldQuestion, holdWanted, isShortage, recordShort, shortagesOf } from './holding.service.ts';
import type { Holding } from './holding.ts';
import type { Recovery } from './recovery.ts';
import { type Wanted, wantedThings } from './resource-wish.ts';

/** Between two looks at a pool that was short. */
const LOOK_AGAIN_MS = 5000;

/** What clean-up and the write of the end may take beyond the steps. */
const MARGIN_SECONDS = 3600;

/**
 * Holds what the definition says that the recovery needs, and waits for it as long as the definition says. What is short is
 * recorded and fails the availability; the recovery goes on without it, because whether the procedure works is another
 * question. Answers what it came to.
 */
export async function holdResources(recovery: Recovery): Promise<string> {
  const { definition, deps, recorder, runId } = recovery;
  const { resources } = definition;
  if (!resources) return 'no spares and no seats declared';
  const service = await serviceByName(deps.db, definition.service);
  if (!service)
    return refused(recovery, `the service ${definition.service} is not in the register: nothing can be held for it`);
  const wanted = await wantedThings(deps.db, resources, { drill: definition.name, serviceId: service.id });
  const question: HoldQuestion = {
    ...{ runId, drill: definition.name, service, severity: definition.objectives.severity },
    ...{ expiresAt: holdEnd(recovery), lostLocationIds: recovery.lost.locationIds },
  };
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

/** A hold never outlives its run for long, whatever becomes of the run. */
function holdEnd({ definition, deps }: Recovery): string {
  const steps = definition.steps.reduce((sum, step) => sum + secondsMax(step), 0);
  const seconds = steps + (definition.resources?.waitSeconds ?? 0) + MARGIN_SECONDS;
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
