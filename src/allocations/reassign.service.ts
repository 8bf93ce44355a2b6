import type { Tx } from '../database/database.ts';
import type { Span } from './allocate-span.ts';
import type { Plan, Short } from './pick.ts';
import type { Pools } from './pick-pool.ts';
import { makeRoom, type Reassignment } from './reassign.store.ts';

/** A plan that falls short, what it was made of, and for when. */
export interface ShortPlan {
  readonly plan: Plan;
  readonly pools: Pools;
  readonly span: Span;
}

/**
 * Moves lines of others that are not pinned, so that units of the parts that are short become free for the whole span. What
 * was moved is good for everybody who has it; whether the wish can be served now is seen by planning again. The caller holds
 * the locks of the pools.
 */
export async function makeRoomForShort(tx: Tx, { plan, pools, span }: ShortPlan): Promise<Reassignment[]> {
  const moved: Reassignment[] = [];
  const asked = new Map<string, number>();
  for (const short of plan.short) {
    for (const { partId, pieces } of serialOptions(short, pools)) {
      const quantity = (asked.get(partId) ?? pickedOf(plan, partId)) + pieces;
      const room = await makeRoom(tx, {
        partId,
        quantity,
        from: span.from,
        until: span.until,
        besides: namedOf(plan, partId).map((unitId) => ({ unitId, from: span.from, until: span.until })),
      });
      if (!room) continue;
      asked.set(partId, quantity);
      moved.push(...room.moved);
      break;
    }
  }
  return moved;
}

/** The serial parts that could serve a line whole, the best first. */
function serialOptions({ want, asked }: Short, pools: Pools): { partId: string; pieces: number }[] {
  const isSerial = ({ partId }: { partId: string }) => pools.parts.get(partId)?.tracking === 'serial';
  if (want.kind === 'part') return [{ partId: want.partId, pieces: asked }].filter(isSerial);
  if (want.kind !== 'fit') return [];
  return want.options
    .map(({ partId, quantityPerDevice }) => ({ partId, pieces: want.quantity * quantityPerDevice }))
    .filter(isSerial);
}

/** Units of a part that the plan picked by itself. */
function pickedOf({ picks }: Plan, partId: string): number {
  return picks.filter((pick) => pick.kind === 'unit' && !pick.isPinned && pick.part.id === partId).length;
}

/** Units of a part that the wish names. */
function namedOf({ picks }: Plan, partId: string): string[] {
  return picks.flatMap((pick) =>
    pick.kind === 'unit' && pick.isPinned && pick.part.id === partId ? [pick.unit.id] : [],
  );
}
