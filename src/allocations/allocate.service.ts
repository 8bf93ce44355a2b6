import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { insertMovements } from '../inventory/movement.store.ts';
import type { MovementLine } from '../inventory/movement-line.ts';
import { type WishFacts, wishFacts } from './allocate.queries.ts';
import { insertAllocation, lockPools, type WrittenPick } from './allocate.store.ts';
import { fitsOfLines } from './allocate-fits.queries.ts';
import { requireParties } from './allocate-parties.ts';
import { resolveLines } from './allocate-resolve.ts';
import { rightsOf } from './allocate-rights.ts';
import { type Span, spanOf } from './allocate-span.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import type { AllocationWish, PlainWish } from './checkout-request.ts';
import type { Displaced } from './displace.ts';
import { spellOutKits } from './kit-expand.ts';
import { readPools } from './pick.queries.ts';
import { type Pick, planPicks, type Want } from './pick.ts';
import { holdProject } from './project.store.ts';
import { makeRoomForShort } from './reassign.service.ts';
import type { Reassignment } from './reassign.store.ts';
import { refusalOf } from './refusal.ts';
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
  const wants = resolveLines(wish, facts, await fitsOfLines(tx, wish.lines), origins);
  await lockPools(tx, ...poolIdsOf(wants));
  if (wish.holder.kind === 'project') await holdProject(tx, wish.holder.id, '#/holder');
  const pools = await readPools(tx, wants, span);
  let plan = planPicks(wants, pools, rights);
  const moved = plan.short.length > 0 ? await makeRoomForShort(tx, { plan, pools, span }) : [];
  if (moved.length > 0) plan = planPicks(wants, await readPools(tx, wants, span), rights);
  if (plan.short.length > 0) throw refusalOf(plan.short);
  return write(tx, caller, wish, { picks: plan.picks, span, facts, moved });
}

interface Decided {
  readonly picks: readonly Pick[];
  readonly span: Span;
  readonly facts: WishFacts;
  /** Lines of others that went to other units to make room. */
  readonly moved: readonly Reassignment[];
}

async function write(tx: Tx, caller: Caller, wish: PlainWish, decided: Decided): Promise<AllocationOutcome> {
  const { picks, span } = decided;
  const createdBy = caller.principal.id;
  const made = await insertAllocation(tx, wish, { picks, span, createdBy });
  if (span.state === 'issued') {
    await insertMovements(tx, made.lines.flatMap(issueOf), { batchId: made.id, actorId: createdBy });
  }
  await recordAudit(tx, {
    ...originOf(caller),
    action: `allocation.${wish.form}`,
    subjectKind: 'allocation',
    subjectId: made.id,
    details: { ...auditDetails(wish, made.lines), ...(decided.moved.length > 0 ? { reassigned: decided.moved } : {}) },
  });
  return { allocation: await allocationById(tx, made.id), displaced: [], warnings: overUseOf(picks) };
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

function poolIdsOf(wants: readonly Want[]): [parts: string[], entitlements: string[]] {
  const parts = wants.flatMap((want) => {
    if (want.kind === 'seat') return [];
    return want.kind === 'fit' ? want.options.map(({ partId }) => partId) : [want.partId];
  });
  const entitlements = wants.flatMap((want) => (want.kind === 'seat' ? want.entitlementIds : []));
  return [[...new Set(parts)], [...new Set(entitlements)]];
}
