import type { Tx } from '../../database/database.ts';
import { postNotice } from '../../notices/notice.store.ts';
import type { Alert } from '../alert.ts';
import type { NamedRung } from './alert-route.ts';
import type { DutyHolder, DutyHolders } from './duty-role.ts';
import type { DutyRoster } from './duty-roster.ts';
import {
  claimFiring,
  dropFirings,
  frozenRungs,
  insertTold,
  moveFirings,
  type PendingFiring,
  pendingFirings,
} from './ladder.store.ts';
import { broughtForward, dueFirings, isLate } from './ladder.ts';
import { standInsFor } from './told.queries.ts';

/** An alert of which people are told at an instant, in milliseconds since 1970. */
export interface Telling {
  readonly alert: Alert;
  readonly levelName: string;
  readonly nowMs: number;
  /** Who fills roles at that instant. */
  readonly roster: DutyRoster;
}

/**
 * Tells what is due of a ladder, in order. A rung that finds nobody is recorded as such, and the next one is told at once: nobody
 * waits for somebody who is not there. When the last one finds nobody, the owner of the service is told, or those who administer.
 * The caller holds the ladder, which goes on.
 * @returns how many firings were told.
 */
export async function tellDue(tx: Tx, telling: Telling, ladderId: string): Promise<number> {
  const rungs = await frozenRungs(tx, ladderId);
  let pending = await pendingFirings(tx, ladderId);
  for (let count = 0; ; count += 1) {
    const { told, skipped } = dueFirings(pending, telling.nowMs);
    await dropFirings(tx, 'skipped', skipped, telling.nowMs);
    const [next] = told;
    if (!next) return count;
    pending = pending.filter((one) => one !== next && !skipped.includes(one));
    const isLast = !pending.some(({ rung }) => rung > next.rung);
    if (await tellFiring(tx, telling, { firing: next, rung: rungs[next.rung - 1], isLast })) continue;
    const moved = broughtForward(pending, next.rung, telling.nowMs);
    await moveFirings(tx, moved);
    pending = pending.map((one) => moved.find(({ id }) => id === one.id) ?? one);
  }
}

/**
 * Tells one firing: the persons are those who fill its roles at this instant.
 * @param isLast no later rung waits: somebody is told in any case.
 * @returns whether the roles have found somebody.
 */
export async function tellFiring(
  tx: Tx,
  telling: Telling,
  { firing, rung, isLast }: { firing: PendingFiring; rung: NamedRung | undefined; isLast: boolean },
): Promise<boolean> {
  const { alert, nowMs, roster } = telling;
  const found = await holdersOf(roster, rung, alert.serviceId);
  const isNobody = found.holders.length === 0;
  const holders = isNobody && isLast ? await standInsFor(tx, alert.serviceId) : found.holders;
  const record = { id: firing.id, atMs: nowMs, isLate: isLate(firing, nowMs), isNobody, missing: found.missing };
  // Whoever has told it meanwhile has told everybody.
  if (!(await claimFiring(tx, record))) return true;
  if (holders.length === 0) return false;
  await insertTold(tx, firing.id, holders, nowMs);
  await postNotice(tx, {
    kind: 'alert.told',
    recipients: holders.map(({ id }) => id),
    subjectKind: 'alert',
    subjectId: alert.id,
    summary: `${wordsOf(telling)}. Acknowledge it, or the next is told`,
    details: {
      level: alert.level,
      rung: firing.rung,
      rule: alert.ruleName,
      subject: alert.subject,
      late: record.isLate,
    },
    onceKey: onceKeyOf(firing.id),
    urgency: alert.level,
  });
  return !isNobody;
}

/** What makes the notice of a firing the same one. */
const onceKeyOf = (firingId: string) => `alert.told/${firingId}`;

/** Tells those who were told of an alert that it is over. */
export async function tellOver(tx: Tx, alert: Alert, recipients: readonly string[]): Promise<void> {
  await postNotice(tx, {
    kind: 'alert.closed',
    recipients,
    subjectKind: 'alert',
    subjectId: alert.id,
    summary: `Over: ${alert.ruleName}, ${alert.subject.name}`,
    details: { level: alert.level, rule: alert.ruleName, subject: alert.subject },
    onceKey: `alert.closed/${alert.id}`,
  });
}

function wordsOf({ alert, levelName }: Telling): string {
  const { ruleName, subject, signal, noData, value, reason } = alert;
  const nothing = `no data of ${signal}${reason === null ? '' : ` (${reason})`}`;
  const what = noData || value === null ? nothing : `${signal} is ${value}`;
  return `Alert of level ${alert.level}, ${levelName}: ${ruleName}, ${subject.name}: ${what}`;
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
