import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { lockPools } from './pool-lock.store.ts';
import { makeRoom } from './reassign.store.ts';
import { moveLine, type StrandedLine, strandedLine, strandedLines } from './rehouse.store.ts';

/** Lines looked at in one run; those that begin first are the first. */
const LINES_MAX = 200;

/** What a run came to. */
export interface Rehoused {
  readonly moved: number;
  /** Lines for which no unit was found; they are looked at again. */
  readonly left: number;
}

/**
 * Keeps promises on units that cannot keep them: a line that any unit of the part would do for goes from a unit that was
 * lost, quarantined or is not back to another one, others making room where that helps. Otherwise whoever comes for it
 * would be the first to notice, when somebody else may have taken the last one. One transaction for each line.
 */
export async function rehouseStranded(db: Database, signal: AbortSignal): Promise<Rehoused> {
  const lines = await strandedLines(db, LINES_MAX);
  let moved = 0;
  for (const line of lines) {
    signal.throwIfAborted();
    if (await rehouse(db, line)) moved += 1;
  }
  return { moved, left: lines.length - moved };
}

/** Whether the line has another unit now. A move onto the emergency reserve is refused by the walls, and not made. */
async function rehouse(db: Database, { id, partId }: StrandedLine): Promise<boolean> {
  const reserveNeeded = () => new AppError('conflict', 'reserve-needed', `Line ${id} would take from the reserve`);
  try {
    return await mapConstraints({ allocation_line_floor: reserveNeeded }, () =>
      db.transaction(async (tx) => {
        await lockPools(tx, [partId], []);
        const line = await strandedLine(tx, id);
        const room = line && (await makeRoom(tx, { ...line, quantity: 1, ownLineId: id }));
        const unitId = room?.unitIds[0];
        if (!line || unitId === undefined) return false;
        await moveLine(tx, line, unitId);
        await recordAudit(tx, {
          actor: SYSTEM_ACTOR,
          action: 'allocation.rehouse',
          subjectKind: 'allocation',
          subjectId: line.allocationId,
          details: { lineId: id, fromUnitId: line.unitId, toUnitId: unitId, reassigned: room?.moved ?? [] },
        });
        return true;
      }),
    );
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'reserve-needed') return false;
    throw thrown;
  }
}
