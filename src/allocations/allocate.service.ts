import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { insertMovements } from '../inventory/movement.store.ts';
import type { MovementLine } from '../inventory/movement-line.ts';
import { newId } from '../kernel/ids.ts';
import { type WishFacts, wishFacts } from './allocate.queries.ts';
import { insertAllocation, linesOf, poolIdsOf, settleNow, type WrittenPick } from './allocate.store.ts';
import { type Decision, decide } from './allocate-decision.ts';
import { fitsOfLines } from './allocate-fits.queries.ts';
import { allocationMade } from './allocate-made.ts';
import { requireParties } from './allocate-parties.ts';
import { refusing } from './allocate-refusal.ts';
import { resolveLines } from './allocate-resolve.ts';
import { rightsOf } from './allocate-rights.ts';
import { type Span, spanOf } from './allocate-span.ts';
import type { Allocation } from './allocation.ts';
import type { AllocationWish, PlainWish } from './checkout-request.ts';
import type { Displaced } from './displace.ts';
import { tellDisplaced } from './displace-notice.ts';
import { spellOutKits } from './kit-expand.ts';
import { requireOpenEmergency } from './open-emergency.store.ts';
import { lockPools } from './pool-lock.store.ts';
import { holdProject } from './project.store.ts';
import { type OverUse, overUseOf } from './seat.ts';

/** What came of a wish that was served. */
export interface AllocationOutcome {
  readonly allocation: Allocation;
  /** What was taken from others for it. Their holders and creators have a notice. */
  readonly displaced: readonly Displaced[];
  /** What was done although somebody should look at it. */
  readonly warnings: readonly OverUse[];
}

/** What a wish may not be served from, whatever it names. */
export interface Withheld {
  /** Ids of places that are to be taken for lost, those below them included. */
  readonly locationIds: readonly string[];
}

const NOTHING_WITHHELD: Withheld = { locationIds: [] };

/**
 * Hands out, holds or reserves everything that a wish names, or nothing. It takes turns with everybody else on the pools
 * of its lines, so that no piece and no seat is promised twice.
 * @throws AppError `unprocessable` for a wish that contradicts itself or names what is not there; `forbidden`
 *   `reserve-cross-needed`; `conflict` `not-enough-stock`, `not-enough-seats`, `unit-not-available`, `reserve-needed`,
 *   `no-fit`, `ambiguous-serial`, `no-open-emergency`, with every line that is short in `fields`.
 */
export async function allocate(
  tx: Tx,
  caller: Caller,
  stated: AllocationWish,
  { locationIds: withheld }: Withheld = NOTHING_WITHHELD,
): Promise<AllocationOutcome> {
  const rights = rightsOf(stated, caller.principal.permissions);
  if (stated.reserve !== undefined) await requireOpenEmergency(tx, stated.reserve.case, '#/reserve/case');
  const { lines, origins } = await spellOutKits(tx, stated.lines);
  const wish: PlainWish = { ...stated, lines };
  const facts = await wishFacts(tx, wish);
  requireParties(wish, facts);
  const span = spanOf(wish, facts.now);
  const fits = await fitsOfLines(tx, wish.lines);
  const wants = resolveLines(wish, facts, fits, origins);
  const { parts, entitlements } = poolIdsOf(wants);
  const locked = lockPools(tx, parts, entitlements);
  const question = { wish, wants, span, rights, withheld };
  // On their way together: the pools are read when their locks are there.
  const [decision] = await Promise.all([
    decide(tx, question),
    locked,
    wish.holder.kind === 'project' ? holdProject(tx, wish.holder.id, '#/holder') : undefined,
  ]);
  if (decision.plan.short.length > 0) throw await refusing(tx, question, decision, fits);
  return write(tx, caller, wish, { ...decision, span, facts });
}

async function write(
  tx: Tx,
  caller: Caller,
  wish: PlainWish,
  { plan, moved, taken, span, facts }: Decision & { readonly span: Span; readonly facts: WishFacts },
): Promise<AllocationOutcome> {
  const createdBy = caller.principal.id;
  const id = newId();
  const lines = linesOf(plan.picks);
  const displaced = taken.map(({ recipients: _, ...line }) => line);
  const [written] = await Promise.all([
    insertAllocation(tx, wish, { id, lines, span, createdBy }),
    span.state === 'issued'
      ? insertMovements(tx, lines.flatMap(issueOf), { batchId: id, actorId: createdBy })
      : undefined,
    recordAudit(tx, {
      ...originOf(caller),
      action: `allocation.${wish.form}`,
      subjectKind: 'allocation',
      subjectId: id,
      details: {
        ...auditDetails(wish, lines),
        ...(moved.length > 0 ? { reassigned: moved.slice(0, AUDITED_MAX) } : {}),
        ...(displaced.length > 0 ? { displaced: displaced.map(({ lineId }) => lineId).slice(0, AUDITED_MAX) } : {}),
      },
    }),
    settleNow(tx),
  ]);
  const allocation = allocationMade(wish, span, {
    id,
    ...written,
    holderName: facts.holder?.name ?? '',
    serviceName: facts.service?.name ?? null,
    createdBy: { id: createdBy, name: caller.principal.name },
    lines,
  });
  await tellDisplaced(tx, taken, { code: allocation.code, reason: wish.reserve?.reason ?? '' });
  return { allocation, displaced, warnings: overUseOf(plan.picks) };
}

function issueOf(line: WrittenPick): MovementLine[] {
  if (line.kind === 'seat') return [];
  const common = { kind: 'issue', partId: line.part.id, lineId: line.lineId } as const;
  if (line.kind === 'unit') return [{ ...common, unitId: line.unit.id, toState: 'issued' }];
  return [{ ...common, quantity: line.quantity, fromStockId: line.row.id }];
}

/** As many things of one kind as an audit entry lists; the allocation itself has all of them. */
const AUDITED_MAX = 200;

/** What was taken, without names that the lines themselves keep. */
function auditDetails(wish: PlainWish, lines: readonly WrittenPick[]): Record<string, unknown> {
  const { lines: _, form: __, ...head } = wish;
  return {
    ...head,
    lineCount: lines.length,
    lines: lines.slice(0, AUDITED_MAX).map((line) => ({
      ...(line.kind === 'unit' ? { unitId: line.unit.id } : {}),
      ...(line.kind === 'stock' ? { stockId: line.row.id, quantity: line.quantity } : {}),
      ...(line.kind === 'seat' ? { entitlementId: line.entitlement.id, quantity: line.quantity } : {}),
      ...(line.isFromReserve ? { isFromReserve: true } : {}),
    })),
  };
}
