import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { insertMovements } from '../inventory/movement.store.ts';
import type { MovementLine } from '../inventory/movement-line.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import type { CollectRequest } from './collect.ts';
import { requirePromisesKept, requireReserveRight, requireStockLies } from './collect-check.ts';
import { freeUnitFor, othersOn, type Span, unitInWords, whyUnitIsNotUsable } from './lifecycle.queries.ts';
import { issueLine, lockAllocation, settle, touchAllocation, wallsMapped } from './lifecycle.store.ts';
import { type AllocationTarget, type LockedAllocation, type LockedLine, shown, stateInWords } from './lifecycle.ts';
import { clearUnitFor, type MovedLine } from './lifecycle-room.store.ts';
import { requireOpenEmergency } from './open-emergency.store.ts';

/**
 * Hands out what a hold or reservation keeps: its held lines, all or those that are named, become issued, or none does. A
 * unit that is not usable any more, or not for so long, is replaced by another one of its part where the line allows it.
 * @throws AppError `not-found`; `conflict` `hold-expired`, `line-not-held`, `nothing-held`, `window-not-begun`,
 *   `unit-not-usable`, `unit-reserved`, `not-enough-stock`, `stock-is-held`, `not-enough-seats`, `reserve-not-for-drills`;
 *   `forbidden` `reserve-cross-missing`; `unprocessable` `due-in-the-past`, `reserve-reason-missing`, `no-open-emergency`.
 */
export async function collect(
  tx: Tx,
  caller: Caller,
  target: AllocationTarget,
  wish: CollectRequest,
): Promise<Allocation> {
  const allocation = await lockAllocation(tx, target);
  const lines = linesToCollect(allocation, wish.lines);
  const issued = await issueHeldLines(tx, caller, { allocation, lines, wish });
  await settle(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'allocation.collect',
    subjectKind: 'allocation',
    subjectId: allocation.id,
    details: { lines: issued, dueAt: wish.dueAt ?? null, reserveReason: wish.reserveReason ?? null },
  });
  return allocationById(tx, allocation.id);
}

/** What was handed out for one line. */
export interface IssuedLine {
  readonly lineId: string;
  readonly unitId: string | null;
  /** True when it is another unit than the one that was held. */
  readonly isReassigned: boolean;
  /** Reservations of others that went to other units for it. */
  readonly moved: readonly MovedLine[];
}

/**
 * Hands out held lines of a locked allocation and writes their movements. The caller settles and records.
 * @throws AppError as {@link collect}.
 */
export async function issueHeldLines(
  tx: Tx,
  caller: Caller,
  { allocation, lines, wish }: Collecting,
): Promise<IssuedLine[]> {
  requireReserveRight(caller, allocation, lines, wish.reserveReason);
  if (wish.emergencyCase !== undefined) await requireOpenEmergency(tx, wish.emergencyCase, '#/emergencyCase');
  const issued: IssuedLine[] = [];
  const movements: MovementLine[] = [];
  for (const line of lines) {
    const dueAt = dueOf(allocation, line, wish.dueAt);
    const span = { from: line.beginsAt, until: dueAt };
    const { unitId, moved } = line.kind === 'unit' ? await unitFor(tx, line, span) : { unitId: null, moved: [] };
    await wallsMapped(() => issueLine(tx, line.id, { dueAt, unitId }));
    issued.push({ lineId: line.id, unitId, isReassigned: unitId !== line.unitId, moved });
    movements.push(...movementOf(line, unitId));
  }
  await requireStockLies(tx, lines);
  await wallsMapped(() => insertMovements(tx, movements, { actorId: caller.principal.id, batchId: newId() }));
  await touchAllocation(tx, allocation.id, {
    isCollected: true,
    reserveReason: wish.reserveReason,
    emergencyCase: wish.emergencyCase,
  });
  for (const line of lines) await requirePromisesKept(tx, allocation, line, dueOf(allocation, line, wish.dueAt));
  return issued;
}

interface Collecting {
  readonly allocation: LockedAllocation;
  readonly lines: readonly LockedLine[];
  readonly wish: Pick<CollectRequest, 'dueAt' | 'reserveReason' | 'emergencyCase'>;
}

function linesToCollect(allocation: LockedAllocation, named: readonly string[] | undefined): LockedLine[] {
  const lines = heldLines(allocation, named);
  const early = lines.find((line) => line.beginsAt > allocation.now);
  if (early) {
    throw new AppError(
      'conflict',
      'window-not-begun',
      `${allocation.code} begins at ${shown(early.beginsAt)}: it cannot be collected before`,
    );
  }
  return lines;
}

/**
 * The held lines of an allocation, all or those that are named.
 * @throws AppError `not-found` `no-such-line`; `conflict` `hold-expired`, `line-not-held`, `nothing-held`.
 */
export function heldLines(allocation: LockedAllocation, named: readonly string[] | undefined): LockedLine[] {
  const held = allocation.lines.filter(({ state }) => state === 'held');
  if (named === undefined) {
    if (held.length > 0) return held;
    const dead = allocation.lines.find(({ state }) => state === 'expired');
    if (dead) throw notHeld(allocation, dead, 'hold-expired');
    throw new AppError(
      'conflict',
      'nothing-held',
      `${allocation.code} holds nothing any more: read what became of its lines`,
    );
  }
  return named.map((id, index) => {
    const line = allocation.lines.find((candidate) => candidate.id === id);
    if (!line) {
      throw new AppError('not-found', 'no-such-line', `${allocation.code} has no line ${id}`, {
        fields: [{ field: `#/lines/${index}`, message: 'is no line of it' }],
      });
    }
    if (line.state === 'held') return line;
    throw notHeld(allocation, line, line.state === 'expired' ? 'hold-expired' : 'line-not-held');
  });
}

function notHeld(allocation: LockedAllocation, line: LockedLine, code: string): AppError {
  const advice = code === 'hold-expired' ? ': allocate again' : '';
  return new AppError('conflict', code, `${line.label} in ${allocation.code} is ${stateInWords(line)}${advice}`);
}

/** What was asked for, else the end of a reservation's window, else none. */
function dueOf(allocation: LockedAllocation, line: LockedLine, asked: string | undefined): Date | null {
  const dueAt = asked === undefined ? (allocation.form === 'reservation' ? line.endsAt : null) : new Date(asked);
  if (dueAt === null || dueAt > allocation.now) return dueAt;
  throw new AppError(
    'unprocessable',
    'due-in-the-past',
    `It would be due at ${shown(dueAt)}, which is over: name a later due date`,
    {
      fields: [{ field: '#/dueAt', message: 'must lie in the future' }],
    },
  );
}

async function unitFor(tx: Tx, line: LockedLine, span: Span): Promise<Pick<IssuedLine, 'unitId' | 'moved'>> {
  const reason = await whyUnitIsNotUsable(tx, line.unitId ?? '');
  const others = reason === undefined ? await othersOn(tx, line, span) : [];
  if (reason === undefined && others.length === 0) return { unitId: line.unitId, moved: [] };
  const another = line.isPinned ? undefined : await freeUnitFor(tx, line, span);
  if (another !== undefined) return { unitId: another, moved: [] };
  const moved = reason === undefined ? await clearUnitFor(tx, line, span) : undefined;
  if (moved) return { unitId: line.unitId, moved };
  const instead = await insteadOf(tx, line, span);
  if (reason !== undefined) {
    throw new AppError('conflict', 'unit-not-usable', `${line.label} cannot be handed out: ${reason}. ${instead}`);
  }
  throw new AppError(
    'conflict',
    'unit-reserved',
    `${line.label} is promised to somebody else: ${others.join('; ')}. Name a due date before that. ${instead}`,
  );
}

async function insteadOf(tx: Tx, line: LockedLine, span: Span): Promise<string> {
  const free = line.isPinned ? await freeUnitFor(tx, line, span) : undefined;
  if (free === undefined) return 'No other unit of the part is free for so long';
  return `This very unit was asked for; ${await unitInWords(tx, free)} is free instead`;
}

function movementOf(line: LockedLine, unitId: string | null): MovementLine[] {
  const common = { kind: 'issue', partId: line.partId ?? '', lineId: line.rootLineId } as const;
  if (unitId !== null) return [{ ...common, unitId, toState: 'issued' }];
  return line.stockId === null ? [] : [{ ...common, fromStockId: line.stockId, quantity: line.quantity }];
}
