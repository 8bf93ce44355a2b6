import { type AllocationOutcome, allocate } from '../allocations/allocate.service.ts';
import { allocationById } from '../allocations/allocation.queries.ts';
import type { AllocationLine } from '../allocations/allocation.ts';
import type { AllocationWish, WishLine } from '../allocations/checkout-request.ts';
import { lockAllocation } from '../allocations/lifecycle.store.ts';
import { release } from '../allocations/release.service.ts';
import { systemCaller } from '../auth/system-caller.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { holdingsOf, lastSeen } from './holding.queries.ts';
import { endHoldings, type HoldingEnd, recordHoldings } from './holding.store.ts';
import type { Holding } from './holding.ts';
import type { IncidentRights } from './incident-hold.ts';
import type { Wanted } from './resource-wish.ts';

/** For which run, and with which rights, things are held. */
export interface HoldQuestion {
  readonly runId: string;
  readonly drill: string;
  readonly service: { readonly id: string };
  readonly severity: NonNullable<AllocationWish['severity']>;
  /** The hold ends by itself then, whatever becomes of the run. */
  readonly expiresAt: string;
  /** Places that are lost in the scenario. */
  readonly lostLocationIds: readonly string[];
  /** Of a recovery: with the rights of which incident; a drill has those of the severity that it rehearses. */
  readonly incident?: IncidentRights | undefined;
}

const caller = (drill: string) => systemCaller(`drill ${drill}`);

/**
 * Holds everything that a run needs, with the rights of the severity that it rehearses or of the incident that it is for, and keeps
 * what it holds with the run.
 * @throws AppError `conflict` with `fields` when something is short: nothing is held then; `unprocessable` when something
 * cannot be asked for.
 */
export async function holdWanted(tx: Tx, question: HoldQuestion, wanted: readonly Wanted[]): Promise<Holding[]> {
  const { drill, service, severity, expiresAt, lostLocationIds, incident } = question;
  const lines = wanted.flatMap((one) => one.lines);
  if (lines.length === 0) return [];
  const outcome = await allocate(
    tx,
    caller(drill),
    {
      ...{ form: 'hold', expiresAt, serviceId: service.id, lines: [...lines] },
      ...(incident ? purposeOf(incident) : { purpose: 'drill', severity }),
      holder: { kind: 'service', id: service.id },
      note: `${incident ? 'Recovery by the drill' : 'Restore drill'} ${drill}, run ${question.runId}`,
    },
    { locationIds: lostLocationIds },
  );
  const holdings = await heldHoldings(tx, outcome, wanted);
  await recordHoldings(tx, question.runId, holdings);
  return holdings;
}

function purposeOf({ severity, reserve }: IncidentRights) {
  return { purpose: 'incident' as const, severity, ...(reserve === null ? {} : { reserve }) };
}

/** Keeps with a run what it needed in vain: what is short, and what could not be held because of that. */
export async function recordShort(
  tx: Tx,
  runId: string,
  wanted: readonly Wanted[],
  shortages: ReadonlyMap<Wanted, string>,
): Promise<void> {
  const holdings = wanted.map((one): Holding => {
    const note = shortages.get(one) ?? null;
    return { ...unheld(one), state: note === null ? 'not held' : 'short', note };
  });
  await recordHoldings(tx, runId, holdings);
}

const unheld = ({ kind, wanted, quantity }: Wanted): Omit<Holding, 'state' | 'note'> => ({
  ...{ kind, wanted, quantity, thing: null, place: null, isFromReserve: false, allocationId: null, lineId: null },
  ...{ unitId: null, seenAt: null, sightedAt: null, sightedBy: null },
});

/** Which of the wanted things a refusal of the pool speaks of, and what it says of each. */
export function shortagesOf(refusal: AppError, wanted: readonly Wanted[]): Map<Wanted, string> {
  const owners = wanted.flatMap((one) => one.lines.map(() => one));
  const found = new Map<Wanted, string>();
  for (const { field, message } of refusal.fields) {
    const index = /^#\/lines\/(\d+)/.exec(field)?.[1];
    const owner = index === undefined ? undefined : owners[Number(index)];
    if (owner) found.set(owner, found.has(owner) ? `${found.get(owner)}; ${message}` : message);
  }
  return found;
}

/** The lines of a hold beside what they were wanted for: the pool keeps the order in which it was asked. */
async function heldHoldings(
  db: Queryable,
  { allocation }: AllocationOutcome,
  wanted: readonly Wanted[],
): Promise<Holding[]> {
  const { lines } = allocation;
  const seen = await lastSeen(db, {
    unitIds: lines.flatMap(({ unit }) => unit?.id ?? []),
    stockIds: lines.flatMap(({ stock }) => stock?.id ?? []),
  });
  const wishOf = matcher(wanted);
  return lines.map((line) => ({
    kind: line.kind,
    wanted: wishOf(line),
    quantity: line.quantity,
    state: 'held',
    thing: thingOf(line),
    place: line.location?.code ?? null,
    isFromReserve: line.isFromReserve,
    allocationId: allocation.id,
    lineId: line.id,
    unitId: line.unit?.id ?? null,
    seenAt: seen.get(line.unit?.id ?? line.stock?.id ?? '') ?? null,
    sightedAt: null,
    sightedBy: null,
    note: null,
  }));
}

/** Finds for each line of the pool what asked for it. Of several wishes for one part, each gets what it asked for. */
function matcher(wanted: readonly Wanted[]): (line: AllocationLine) => string {
  const open = wanted.map((one) => ({ one, left: one.quantity }));
  return (line) => {
    const fitting = open.filter(({ one }) => one.lines.some((wish) => isFor(wish, line)));
    const taken = fitting.find(({ left }) => left > 0) ?? fitting.at(-1);
    if (taken) taken.left -= line.quantity;
    return taken?.one.wanted ?? 'what the drill needs';
  };
}

function isFor(wish: WishLine, line: AllocationLine): boolean {
  if ('deviceModelId' in wish) return wish.deviceModelId === line.deviceModelId;
  if ('unitId' in wish) return wish.unitId === line.unit?.id;
  if ('productId' in wish) return line.kind === 'seat';
  return 'partId' in wish && line.deviceModelId === null && wish.partId === line.part?.id;
}

function thingOf({ part, unit, stock, entitlement, quantity }: AllocationLine): string {
  if (entitlement) return `${quantity} of ${entitlement.product} (${entitlement.name})`;
  if (unit) return `${part?.partNumber} serial ${unit.serial}${unit.assetTag === null ? '' : ` (${unit.assetTag})`}`;
  return `${quantity} of ${part?.partNumber}${stock && stock.lot !== '' ? ` lot ${stock.lot}` : ''}`;
}

/**
 * Reads what became of everything that a run holds, and gives back what it still has, unless it is to be held on. Safe to call
 * again; whoever ends a run calls it, the run's own process or the one that finds it interrupted.
 */
export async function settleHoldings(tx: Tx, runId: string, drill: string, { isHeldOn = false } = {}): Promise<void> {
  const open = (await holdingsOf(tx, runId)).filter(({ state }) => state === 'held');
  const [first] = open;
  if (!first?.allocationId) return;
  const { id } = await lockAllocation(tx, { id: first.allocationId });
  const allocation = await allocationById(tx, id);
  const lines = new Map(allocation.lines.map((line) => [line.id, line]));
  const held = open.flatMap(({ lineId }) => (lineId && lines.get(lineId)?.state === 'held' ? [lineId] : []));
  const ended = open.filter(({ lineId }) => !isHeldOn || !held.includes(lineId ?? ''));
  const ends = ended.flatMap(({ lineId }) => (lineId ? [endOf(lineId, lines.get(lineId))] : []));
  if (held.length > 0 && !isHeldOn)
    await release(tx, caller(drill), { id }, { lines: held, note: `the drill run ${runId} is over` });
  await endHoldings(tx, runId, ends);
}

function endOf(lineId: string, line: AllocationLine | undefined): HoldingEnd {
  if (line?.state === 'held') return { lineId, state: 'released', note: null };
  if (line?.state === 'preempted') return { lineId, state: 'preempted', note: line.endNote };
  const said = line === undefined || line.state === 'expired' ? null : `it was ${line.state} before the run was over`;
  return { lineId, state: 'expired', note: line?.endNote ?? said };
}

/** Whether a refusal may pass with time: somebody has what is short, and may bring it back. */
export function isShortage(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && thrown.kind === 'conflict' && thrown.fields.length > 0;
}
