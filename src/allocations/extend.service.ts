import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import { HOLD_DAYS_MAX } from './checkout-request.ts';
import type { TimeChange } from './extend.ts';
import { freeUnitFor, othersOn, seatsFor, stockFor } from './lifecycle.queries.ts';
import { lockAllocation, setDue, settle, setWindow, touchAllocation, wallsMapped } from './lifecycle.store.ts';
import { type AllocationTarget, type LockedAllocation, type LockedLine, shown, stateInWords } from './lifecycle.ts';
import { clearUnitFor, type MovedLine } from './lifecycle-room.store.ts';

/** The furthest end of a reservation's window: as for a new one. */
const WINDOW_DAYS_MAX = 2 * 366;

/**
 * Gives an allocation another time, later or earlier: what is out another due date, what is held another expiry, a
 * reservation another end of its window. What others are promised inside the new time stays theirs: a reservation that is
 * not pinned goes to another unit of the site, everything else is in the way.
 * @throws AppError `not-found`, `stale`; `conflict` `time-is-taken`, which names who has it, `hold-expired`,
 *   `line-is-over`, `nothing-to-extend`; `unprocessable` `time-in-the-past`, `hold-too-long`, `too-far-ahead`,
 *   `window-is-empty`.
 */
export async function extend(
  tx: Tx,
  caller: Caller,
  target: AllocationTarget,
  change: TimeChange,
): Promise<Allocation> {
  const allocation = await lockAllocation(tx, target);
  const lines = linesConcerned(allocation, change);
  const moved: MovedLine[] = [];
  for (const line of lines) {
    if (line.state === 'issued') moved.push(...(await changeDue(tx, allocation, line, change.dueAt ?? null)));
    else moved.push(...(await changeHold(tx, allocation, line, change)));
  }
  await touchAllocation(tx, allocation.id);
  await settle(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'allocation.extend',
    subjectKind: 'allocation',
    subjectId: allocation.id,
    details: { ...change, lines: lines.map(({ id }) => id), moved },
  });
  return allocationById(tx, allocation.id);
}

/** Issued lines when there is a new due date, held ones when there is a new end of a hold or window. */
function linesConcerned(allocation: LockedAllocation, change: TimeChange): LockedLine[] {
  const states = new Set<string>();
  if (change.dueAt !== undefined) states.add('issued');
  if (change.expiresAt !== undefined || change.until !== undefined || change.pickupBy !== undefined) states.add('held');
  const named = change.lines?.map((id, index) => lineToChange(allocation, id, { index, states }));
  const lines = named ?? allocation.lines.filter(({ state }) => states.has(state));
  if (lines.length > 0) return lines;
  const dead = allocation.lines.find(({ state }) => state === 'expired');
  if (dead && states.has('held')) {
    throw new AppError('conflict', 'hold-expired', `${allocation.code} ${stateInWords(dead)}: allocate again`);
  }
  throw new AppError(
    'conflict',
    'nothing-to-extend',
    `${allocation.code} has nothing ${[...states].join(' or ')} any more`,
  );
}

function lineToChange(
  allocation: LockedAllocation,
  id: string,
  { index, states }: { readonly index: number; readonly states: ReadonlySet<string> },
): LockedLine {
  const fields = [{ field: `#/lines/${index}`, message: `must be a line that is ${[...states].join(' or ')}` }];
  const line = allocation.lines.find((candidate) => candidate.id === id);
  if (!line) throw new AppError('not-found', 'no-such-line', `${allocation.code} has no line ${id}`, { fields });
  if (states.has(line.state)) return line;
  const code = line.state === 'expired' ? 'hold-expired' : 'line-is-over';
  throw new AppError('conflict', code, `${line.label} in ${allocation.code} is ${stateInWords(line)}`, { fields });
}

async function changeDue(
  tx: Tx,
  allocation: LockedAllocation,
  line: LockedLine,
  asked: string | null,
): Promise<readonly MovedLine[]> {
  const dueAt = asked === null ? null : futureOf(allocation, asked, 'dueAt');
  const span = { from: allocation.now, until: dueAt };
  let moved: readonly MovedLine[] = [];
  if (dueAt !== null && (line.endsAt === null || dueAt <= line.endsAt)) {
    await wallsMapped(() => setDue(tx, line.id, dueAt));
    return moved;
  }
  if (line.kind === 'stock') {
    const { quantity, heldPeak } = await stockFor(tx, line.stockId ?? '', span);
    // A part of what lies there is promised for then, and counts on these pieces to be back.
    if (heldPeak > quantity) throw taken(allocation, line, await othersOn(tx, line, span));
  } else if (line.kind === 'seat') {
    const { max, peak } = await seatsFor(tx, line.entitlementId ?? '', span);
    // An entitlement that has ended, or is over-used, does not call back what is out; a promise to somebody does.
    const promised = peak > max ? await othersOn(tx, line, span, { promisesOnly: true }) : [];
    if (promised.length > 0) throw taken(allocation, line, promised);
  } else {
    const others = await othersOn(tx, line, span);
    const cleared = others.length > 0 ? await clearUnitFor(tx, line, span) : [];
    if (!cleared) throw taken(allocation, line, others);
    moved = cleared;
  }
  await wallsMapped(() => setDue(tx, line.id, dueAt));
  return moved;
}

async function changeHold(
  tx: Tx,
  allocation: LockedAllocation,
  line: LockedLine,
  change: TimeChange,
): Promise<readonly MovedLine[]> {
  const { endsAt, expiresAt } = newHoldTimes(allocation, line, change);
  const span = { from: line.beginsAt, until: endsAt };
  const others = line.kind === 'unit' ? await othersOn(tx, line, span) : [];
  let { unitId } = line;
  let moved: readonly MovedLine[] = [];
  if (others.length > 0) {
    const another = line.isPinned ? undefined : await freeUnitFor(tx, line, span);
    const cleared = another === undefined ? await clearUnitFor(tx, line, span) : [];
    if (!cleared) throw taken(allocation, line, others);
    unitId = another ?? line.unitId;
    moved = cleared;
  }
  await wallsMapped(() => setWindow(tx, line.id, { endsAt, expiresAt, unitId }));
  // What is kept no longer than before takes nothing from anybody, also where pieces were lost or a reserve was raised.
  if (line.endsAt === null || endsAt <= line.endsAt) return moved;
  if (line.kind === 'stock') {
    const { quantity, heldPeak } = await stockFor(tx, line.stockId ?? '', span);
    if (heldPeak > quantity) throw taken(allocation, line, await othersOn(tx, line, span));
  } else if (line.kind === 'seat') {
    const { max, reserve, peak, ordinaryPeak } = await seatsFor(tx, line.entitlementId ?? '', span);
    if (peak > max || (!line.isFromReserve && ordinaryPeak > max - reserve)) {
      throw taken(allocation, line, await othersOn(tx, line, span));
    }
  }
  return moved;
}

function newHoldTimes(
  allocation: LockedAllocation,
  line: LockedLine,
  change: TimeChange,
): { readonly endsAt: Date; readonly expiresAt: Date } {
  const expiry = change.expiresAt ?? change.pickupBy;
  const field = change.expiresAt === undefined ? 'pickupBy' : 'expiresAt';
  const expiresAt = expiry === undefined ? (line.expiresAt ?? allocation.now) : futureOf(allocation, expiry, field);
  const window = change.until === undefined ? line.endsAt : futureOf(allocation, change.until, 'until');
  const endsAt = allocation.form === 'reservation' ? (window ?? expiresAt) : expiresAt;
  const start = Math.max(allocation.now.getTime(), line.beginsAt.getTime());
  if (expiresAt.getTime() > start + HOLD_DAYS_MAX * 86_400_000) {
    throw new AppError(
      'unprocessable',
      'hold-too-long',
      `A hold lasts ${HOLD_DAYS_MAX} days at most: name an earlier end`,
      {
        fields: [{ field: `#/${field}`, message: `must be at most ${HOLD_DAYS_MAX} days ahead` }],
      },
    );
  }
  if (endsAt.getTime() > allocation.now.getTime() + WINDOW_DAYS_MAX * 86_400_000) {
    throw new AppError(
      'unprocessable',
      'too-far-ahead',
      `A window ends within ${WINDOW_DAYS_MAX} days: name an earlier end`,
      { fields: [{ field: '#/until', message: `must be at most ${WINDOW_DAYS_MAX} days ahead` }] },
    );
  }
  if (endsAt <= line.beginsAt) {
    throw new AppError(
      'unprocessable',
      'window-is-empty',
      `${allocation.code} begins at ${shown(line.beginsAt)}: it cannot end before`,
      {
        fields: [{ field: '#/until', message: 'must lie after the beginning' }],
      },
    );
  }
  return { endsAt, expiresAt };
}

function futureOf(allocation: LockedAllocation, asked: string, field: string): Date {
  const at = new Date(asked);
  if (at > allocation.now) return at;
  throw new AppError('unprocessable', 'time-in-the-past', `${shown(at)} is over: name a later time`, {
    fields: [{ field: `#/${field}`, message: 'must lie in the future' }],
  });
}

function taken(allocation: LockedAllocation, line: LockedLine, others: readonly string[]): AppError {
  return new AppError(
    'conflict',
    'time-is-taken',
    `${line.label} in ${allocation.code} cannot be kept so long: it is promised to ${others.join('; ') || 'others'}`,
  );
}
