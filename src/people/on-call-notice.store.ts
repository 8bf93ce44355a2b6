import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import type { OnCallGap } from './on-call-gap.ts';
import type { GapNews } from './on-call-gap-news.ts';

/**
 * Makes all who look at the gaps of a rota, or change it, take turns until the transaction ends. @returns false when it is
 * retired.
 */
export async function holdRota(tx: Tx, id: string): Promise<boolean> {
  const held = await tx.rows('SELECT FROM on_call_rota WHERE id = $1 AND retired_at IS NULL FOR NO KEY UPDATE', [id]);
  return held.length > 0;
}

/** Closes told gaps; the caller holds their rota. */
export async function closeGaps(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute('UPDATE on_call_gap_told SET closed_at = clock_timestamp() WHERE id = ANY ($1::uuid[])', [ids]);
}

/** Closes the told gaps of rotas that are retired. */
export async function closeGapsOfRetired(tx: Tx): Promise<void> {
  await tx.execute(
    `UPDATE on_call_gap_told t SET closed_at = clock_timestamp()
     FROM on_call_rota r WHERE r.id = t.rota_id AND r.retired_at IS NOT NULL AND t.closed_at IS NULL`,
  );
}

/** Notes how far told gaps go on. */
export async function extendGaps(tx: Tx, extended: GapNews['extended']): Promise<void> {
  for (const { id, untilMs, isOpenEnded } of extended) {
    const values = [id, new Date(untilMs), isOpenEnded];
    await tx.execute('UPDATE on_call_gap_told SET until_at = $2, open_ended = $3 WHERE id = $1', values);
  }
}

/** Notes gaps as told. */
export async function insertToldGaps(
  tx: Tx,
  rotaId: string,
  gaps: readonly { readonly gap: OnCallGap; readonly isOpenEnded: boolean }[],
): Promise<void> {
  await tx.execute(
    `INSERT INTO on_call_gap_told (id, rota_id, person_id, why, from_at, until_at, open_ended)
     SELECT n.id, $1, n.person_id, n.why, n.from_at, n.until_at, n.open_ended
     FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::boolean[])
       AS n (id, person_id, why, from_at, until_at, open_ended)`,
    [
      rotaId,
      gaps.map(() => newId()),
      gaps.map(({ gap }) => gap.person?.id ?? null),
      gaps.map(({ gap }) => gap.why),
      gaps.map(({ gap }) => new Date(gap.fromMs)),
      gaps.map(({ gap }) => new Date(gap.untilMs)),
      gaps.map(({ isOpenEnded }) => isOpenEnded),
    ],
  );
}
