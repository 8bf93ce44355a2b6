import type { Queryable, Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import type { PageBounds } from '../catalogue.queries.ts';
import { HOLD_DAYS_MAX, type HoldActor, type NewHold, type RecoveryPointHold } from './hold.ts';

/**
 * Holds a point. It cannot go until the transaction ends, nor afterwards.
 * @returns the hold's id.
 * @throws AppError `conflict` `recovery-point-removed`; `unprocessable` `hold-ends-too-soon`, `hold-too-long`.
 */
export async function insertHold(
  tx: Tx,
  point: Pick<RecoveryPoint, 'id' | 'name'>,
  hold: NewHold,
  principalId: string | null,
): Promise<string> {
  const id = newId();
  const wrongEnd = (code: string, message: string) => () =>
    new AppError('unprocessable', code, `until ${message}`, { fields: [{ field: '#/until', message }] });
  const errors = {
    recovery_point_hold_of_kept: () =>
      new AppError(
        'conflict',
        'recovery-point-removed',
        `${point.name} was removed, or its removal was decided: it cannot be held any more`,
      ),
    recovery_point_hold_ends_later: wrongEnd('hold-ends-too-soon', 'must lie ahead: a hold that is over keeps nothing'),
    recovery_point_hold_ends: wrongEnd('hold-too-long', `must lie ahead by ${HOLD_DAYS_MAX} days at most`),
  };
  await mapConstraints(errors, () =>
    tx.execute(
      'INSERT INTO recovery_point_hold (id, point_id, reason, until, created_by) VALUES ($1, $2, $3, $4, $5)',
      [id, point.id, hold.reason, new Date(hold.until), principalId],
    ),
  );
  return id;
}

/** Releases a live hold; false when there is none of that id. */
export async function endHold(tx: Tx, id: string, reason: string, principalId: string | null): Promise<boolean> {
  const released = await tx.execute(
    `UPDATE recovery_point_hold SET released_at = clock_timestamp(), released_reason = $2, released_by = $3
      WHERE id = $1 AND released_at IS NULL AND until > clock_timestamp()`,
    [id, reason, principalId],
  );
  return released === 1;
}

/** @throws AppError `not-found` `no-such-hold`. */
export async function holdById(db: Queryable, id: string): Promise<RecoveryPointHold> {
  const [row] = await db.rows<HoldRow>(`${SELECT_HOLD} WHERE h.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-hold', `There is no hold ${id}`);
  return holdOf(row);
}

/** Holds on a point, newest first, those that are over included. */
export async function listHolds(
  db: Queryable,
  pointId: string,
  page: PageBounds<string>,
): Promise<RecoveryPointHold[]> {
  const rows = await db.rows<HoldRow>(
    `${SELECT_HOLD} WHERE h.point_id = $1 AND ($3::uuid IS NULL OR h.id < $3) ORDER BY h.id DESC LIMIT $2`,
    [pointId, page.limit, page.after ?? null],
  );
  return rows.map(holdOf);
}

interface HoldRow {
  id: string;
  point_id: string;
  reason: string;
  until: Date;
  state: RecoveryPointHold['state'];
  created_at: Date;
  created_by: string | null;
  creator_name: string | null;
  released_at: Date | null;
  released_reason: string | null;
  released_by: string | null;
  releaser_name: string | null;
}

const SELECT_HOLD = `
  SELECT h.id, h.point_id, h.reason, h.until, h.created_at, h.created_by, c.name AS creator_name, h.released_at,
         h.released_reason, h.released_by, r.name AS releaser_name,
         CASE WHEN h.released_at IS NOT NULL THEN 'released' WHEN h.until > clock_timestamp() THEN 'live' ELSE 'ended' END
           AS state
    FROM recovery_point_hold h
    LEFT JOIN principal c ON c.id = h.created_by
    LEFT JOIN principal r ON r.id = h.released_by`;

function holdOf(row: HoldRow): RecoveryPointHold {
  const { released_at: releasedAt } = row;
  return {
    id: row.id,
    pointId: row.point_id,
    reason: row.reason,
    until: instantOf(row.until),
    state: row.state,
    createdAt: instantOf(row.created_at),
    createdBy: actorOf(row.created_by, row.creator_name),
    released:
      releasedAt === null
        ? undefined
        : {
            at: instantOf(releasedAt),
            reason: row.released_reason ?? '',
            by: actorOf(row.released_by, row.releaser_name),
          },
  };
}

function actorOf(id: string | null, name: string | null): HoldActor | undefined {
  return id === null || name === null ? undefined : { id, name };
}
