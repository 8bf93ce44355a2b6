import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { insertMovements } from '../inventory/movement.store.ts';
import type { MovementLine } from '../inventory/movement-line.ts';
import { wishFacts } from './allocate.queries.ts';
import { insertAllocation, lockPools, poolIdsOf, type WrittenPick } from './allocate.store.ts';
import { type Decision, decide } from './allocate-decision.ts';
import { fitsOfLines } from './allocate-fits.queries.ts';
import { requireParties } from './allocate-parties.ts';
import { refusing } from './allocate-refusal.ts';
import { resolveLines } from './allocate-resolve.ts';
import { rightsOf } from './allocate-rights.ts';
import { type Span, spanOf } from './allocate-span.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import type { AllocationWish, PlainWish } from './checkout-request.ts';
import type { Displaced } from './displace.ts';
import { tellDisplaced } from './displace-notice.ts';
import { spellOutKits } from './kit-expand.ts';
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

/**
 * Hands out, holds or reserves everything that a wish names, or nothing. It takes turns with everybody else on the pools
 * of its lines, so that no piece and no seat is promised twice.
 * @throws AppError `unprocessable` for a wish that contradicts itself or names what is not there; `forbidden`
 *   `reserve-cross-needed`; `conflict` `not-enough-stock`, `not-enough-seats`, `unit-not-available`, `reserve-needed`,
 *   `no-fit`, `ambiguous-serial`, with every line that is short in `fields`.
 */
export async function allocate(tx: Tx, caller: Caller, stated: AllocationWish): Promise<AllocationOutcome> {
  const rights = rightsOf(stated, caller.principal.permissions);
  const { lines, origins } = await spellOutKits(tx, stated.lines);
  const wish: PlainWish = { ...stated, lines };
  const facts = await wishFacts(tx, wish);
  requireParties(wish, facts);
  const span = spanOf(wish, facts.now);
  const fits = await fitsOfLines(tx, wish.lines);
  const wants = resolveLines(wish, facts, fits, origins);
  const { parts, entitlements } = poolIdsOf(wants);
  await lockPools(tx, parts, entitlements);
  if (wish.holder.kind === 'project') await holdProject(tx, wish.holder.id, '#/holder');
  const question = { wish, wants, span, rights };
  const decision = await decide(tx, question);
  if (decision.plan.short.length > 0) throw await refusing(tx, question, decision, fits);
  return write(tx, caller, wish, { ...decision, span });
}

async function write(
  tx: Tx,
  caller: Caller,
  wish: PlainWish,
  { plan, moved, taken, span }: Decision & { readonly span: Span },
): Promise<AllocationOutcome> {
  const createdBy = caller.principal.id;
  const made = await insertAllocation(tx, wish, { picks: plan.picks, span, createdBy });
  if (span.state === 'issued') {
    await insertMovements(tx, made.lines.flatMap(issueOf), { batchId: made.id, actorId: createdBy });
  }
  const displaced = taken.map(({ recipients: _, ...line }) => line);
  await recordAudit(tx, {
    ...originOf(caller),
    action: `allocation.${wish.form}`,
    subjectKind: 'allocation',
    subjectId: made.id,
    details: {
      ...auditDetails(wish, made.lines),
      ...(moved.length > 0 ? { reassigned: moved } : {}),
      ...(displaced.length > 0 ? { displaced } : {}),
    },
  });
  await tellDisplaced(tx, taken, { number: made.number, reason: wish.reserve?.reason ?? '' });
  return { allocation: await allocationById(tx, made.id), displaced, warnings: overUseOf(plan.picks) };
}

function issueOf(line: WrittenPick): MovementLine[] {
  if (line.kind === 'seat') return [];
  const common = { kind: 'issue', partId: line.part.id, lineId: line.lineId } as const;
  if (line.kind === 'unit') return [{ ...common, unitId: line.unit.id, toState: 'issued' }];
  return [{ ...common, quantity: line.quantity, fromStockId: line.row.id }];
}

/** What was taken, without names that the lines themselves keep. */
function auditDetails(wish: PlainWish, lines: readonly WrittenPick[]): Record<string, unknown> {
  const { lines: _, form: __, ...head } = wish;
  return {
    ...head,
    lines: lines.map((line) => ({
      ...(line.kind === 'unit' ? { unitId: line.unit.id } : {}),
      ...(line.kind === 'stock' ? { stockId: line.row.id, quantity: line.quantity } : {}),
      ...(line.kind === 'seat' ? { entitlementId: line.entitlement.id, quantity: line.quantity } : {}),
      ...(line.isFromReserve ? { isFromReserve: true } : {}),
    })),
  };
}
