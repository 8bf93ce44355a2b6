import type { Tx } from '../../database/database.ts';
import { postNotices } from '../../notices/notice.store.ts';
import type { NewNotice } from '../../notices/notice.ts';
import { type Alert, alertInWords } from '../alert.ts';
import type { NamedRung } from './alert-route.ts';
import type { DutyHolder, DutyHolders } from './duty-role.ts';
import type { DutyRoster } from './duty-roster.ts';
import { claimFirings, insertTold, moveFirings, skipFirings, type ToldFiring } from './firing.store.ts';
import type { HeldLadder, PendingFiring } from './ladder.store.ts';
import { broughtForward, dueFirings, isLate } from './ladder.ts';
import type { Telling } from './telling.ts';

/** A firing that is to be told. */
interface Told extends ToldFiring {
  readonly telling: Telling;
  readonly rung: number;
}

/** What becomes of a ladder at an instant, to be written for many of them at once. */
export interface LadderStep {
  /** Firings that are due at another time than before; of one that moves twice the last counts. */
  readonly moved: readonly PendingFiring[];
  readonly skipped: readonly { readonly id: string; readonly atMs: number }[];
  readonly told: readonly Told[];
}

/**
 * Says what is told of a ladder that is due, in order. A rung that finds nobody is recorded as such, and the next one is told at
 * once: nobody waits for somebody who is not there. When the last one finds nobody, the owner of the service is told, or those
 * who administer.
 */
export async function stepOf(telling: Telling, ladder: Pick<HeldLadder, 'rungs' | 'pending'>): Promise<LadderStep> {
  const step = { moved: [] as PendingFiring[], skipped: [] as LadderStep['skipped'][number][], told: [] as Told[] };
  let pending = ladder.pending;
  for (;;) {
    const { told, skipped } = dueFirings(pending, telling.nowMs);
    step.skipped.push(...skipped.map(({ id }) => ({ id, atMs: telling.nowMs })));
    const [next] = told;
    if (!next) return step;
    pending = pending.filter((one) => one !== next && !skipped.includes(one));
    const isLast = !pending.some(({ rung }) => rung > next.rung);
    const one = await toldBy(telling, { firing: next, rung: ladder.rungs[next.rung - 1], isLast });
    step.told.push(one);
    if (!one.isNobody) continue;
    const moved = broughtForward(pending, next.rung, telling.nowMs);
    step.moved.push(...moved);
    pending = pending.map((other) => moved.find(({ id }) => id === other.id) ?? other);
  }
}

/**
 * Says whom one firing tells: those who fill its roles at this instant.
 * @param isLast no later rung waits: somebody is told in any case.
 */
export async function toldBy(
  telling: Telling,
  { firing, rung, isLast }: { firing: PendingFiring; rung: NamedRung | undefined; isLast: boolean },
): Promise<Told> {
  const { alert, nowMs, roster, standIns } = telling;
  const { holders: found, missing } = await holdersOf(roster, rung, alert.serviceId);
  const isNobody = found.length === 0;
  const holders = isNobody && isLast ? await standIns() : found;
  const record = { id: firing.id, atMs: nowMs, isLate: isLate(firing, nowMs), isNobody, missing };
  return { ...record, holders, telling, rung: firing.rung };
}

/**
 * Writes what becomes of ladders, with the notices to those who are told. The caller holds the ladders, which go on.
 * @returns how many firings were told, and of how many ladders.
 */
export async function takeSteps(
  tx: Tx,
  steps: readonly LadderStep[],
): Promise<{ readonly ladders: number; readonly told: number }> {
  const moved = new Map(steps.flatMap((step) => step.moved).map((firing) => [firing.id, firing]));
  await moveFirings(tx, [...moved.values()]);
  await skipFirings(
    tx,
    steps.flatMap(({ skipped }) => skipped),
  );
  const told = steps.flatMap((step) => step.told);
  // Whoever has told a firing meanwhile has told everybody.
  const claimed = await claimFirings(tx, told);
  const telling = told.filter(({ id, holders }) => claimed.has(id) && holders.length > 0);
  await insertTold(tx, telling);
  await postNotices(tx, telling.map(noticeOf));
  return { ladders: steps.filter((step) => step.told.some(({ id }) => claimed.has(id))).length, told: claimed.size };
}

function noticeOf({ id, rung, isLate: late, holders, telling }: Told): NewNotice {
  const { alert } = telling;
  return {
    kind: 'alert.told',
    recipients: holders.map((holder) => holder.id),
    subjectKind: 'alert',
    subjectId: alert.id,
    summary: `${wordsOf(telling)}. Acknowledge it, or the next is told`,
    details: { level: alert.level, rung, rule: alert.ruleName, subject: alert.subject, late },
    onceKey: `alert.told/${id}`,
    urgency: alert.level,
  };
}

/** Tells those who were told of alerts that they are over. */
export async function tellOver(
  tx: Tx,
  alerts: readonly Alert[],
  toldOf: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  await postNotices(
    tx,
    alerts.map((alert) => ({
      kind: 'alert.closed',
      recipients: toldOf.get(alert.id) ?? [],
      subjectKind: 'alert',
      subjectId: alert.id,
      summary: `Over: ${alert.ruleName}, ${alert.subject.name}`,
      details: { level: alert.level, rule: alert.ruleName, subject: alert.subject },
      onceKey: `alert.closed/${alert.id}`,
    })),
  );
}

function wordsOf({ alert, levelName }: Telling): string {
  return `Alert of level ${alert.level}, ${levelName}: ${alertInWords(alert)}`;
}

async function holdersOf(
  roster: DutyRoster,
  rung: NamedRung | undefined,
  serviceId: string | null,
): Promise<DutyHolders> {
  const holders = new Map<string, DutyHolder>();
  const missing = new Set<string>();
  for (const role of rung?.roles ?? []) {
    const found = await roster(role, serviceId);
    for (const why of found.missing) missing.add(why);
    for (const holder of found.holders) {
      const known = holders.get(holder.id);
      holders.set(holder.id, known ? { ...holder, because: `${known.because}; ${holder.because}` } : holder);
    }
  }
  return { holders: [...holders.values()], missing: [...missing] };
}
