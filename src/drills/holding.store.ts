import type { Tx } from '../database/database.ts';
import type { Holding } from './holding.ts';

/** Keeps what a run holds, or needed in vain, in the order of the lines. Once a run. */
export async function recordHoldings(tx: Tx, runId: string, holdings: readonly Holding[]): Promise<void> {
  await tx.execute(
    `INSERT INTO drill_holding (run_id, position, kind, wanted, quantity, state, thing, place, from_reserve, allocation_id,
            line_id, unit_id, seen_at, note, held_at)
     SELECT $1, l.position, l.kind, l.wanted, l.quantity, l.state, l.thing, l.place, l."isFromReserve", l."allocationId",
            l."lineId", l."unitId", l."seenAt", l.note, CASE WHEN l.state = 'held' THEN clock_timestamp() END
       FROM jsonb_to_recordset($2::jsonb) AS l (position integer, kind text, wanted text, quantity integer, state text,
            thing text, place text, "isFromReserve" boolean, "allocationId" uuid, "lineId" uuid, "unitId" uuid,
            "seenAt" timestamptz, note text)`,
    [runId, JSON.stringify(holdings.map((holding, position) => ({ ...holding, position })))],
  );
}

/** How one held line ended. */
export interface HoldingEnd {
  readonly lineId: string;
  readonly state: 'released' | 'preempted' | 'expired';
  readonly note: string | null;
}

/** Keeps how the held lines of a run ended; what has ended already stays as it is. */
export async function endHoldings(tx: Tx, runId: string, ends: readonly HoldingEnd[]): Promise<void> {
  await tx.execute(
    `UPDATE drill_holding h SET state = l.state, note = coalesce(l.note, h.note), ended_at = clock_timestamp()
       FROM jsonb_to_recordset($2::jsonb) AS l ("lineId" uuid, state text, note text)
      WHERE h.run_id = $1 AND h.line_id = l."lineId" AND h.state = 'held'`,
    [runId, JSON.stringify(ends)],
  );
}

/** Keeps that a person has seen the unit of a held line during the run. The first sighting counts. */
export async function recordSighting(
  tx: Tx,
  runId: string,
  { lineId, unitId, by }: { readonly lineId: string; readonly unitId: string; readonly by: string },
): Promise<void> {
  await tx.execute(
    `UPDATE drill_holding SET sighted_at = clock_timestamp(), sighted_by = $4, unit_id = $3
      WHERE run_id = $1 AND line_id = $2 AND sighted_at IS NULL`,
    [runId, lineId, unitId, by],
  );
}
