import type { Tx } from '../database/database.ts';
import type { ShortPlan } from './reassign.service.ts';
import { makeRoom, type Reassignment } from './reassign.store.ts';

/**
 * Moves the lines of others off units that a wish names, where any other unit of the part would do for them. Those that it
 * names besides stay free. Whether the wish can be served now is seen by planning again.
 */
export async function makeRoomForNamed(tx: Tx, { plan, span }: ShortPlan): Promise<Reassignment[]> {
  const { from, until } = span;
  const moved: Reassignment[] = [];
  const named = plan.short.flatMap(({ want }) => (want.kind === 'unit' ? [want] : []));
  const picked = plan.picks.flatMap((pick) => (pick.kind === 'unit' && pick.isPinned ? [pick.unit.id] : []));
  const kept = new Set(picked);
  for (const { partId, unitId } of named) {
    const besides = [...kept].map((id) => ({ unitId: id, from, until }));
    const room = await makeRoom(tx, { partId, quantity: 1, from, until, unitIds: [unitId], besides });
    if (!room) continue;
    kept.add(unitId);
    moved.push(...room.moved);
  }
  return moved;
}
